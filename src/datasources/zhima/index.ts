export { createZhima, zhima, ZhimaClient } from './client.js';
export { certificateEnds } from './certificates.js';
export { isRefusalCode, refusalMessage, TOKEN_SPENT } from './refusals.js';
export { checkZhimaSettings, type ZhimaSettings } from './settings.js';
export {
  areDifferentPeople,
  ZHIMA,
  type CertType,
  type IdentityQueryType,
  type ZhimaAnswer,
  type ZhimaIdentity,
  type ZhimaRequest,
  type ZhimaSubject,
} from './wire.js';
