export { ZhimaClient } from './client.js';
export { checkZhimaSettings, type ZhimaSettings } from './settings.js';
export {
  type CertType,
  type IdentityQueryType,
  type ZhimaAnswer,
  type ZhimaQuestion,
  type ZhimaSubject,
} from './wire.js';
