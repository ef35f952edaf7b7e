export { ZhimaClient } from './client.js';
export { checkZhimaSettings, type ZhimaSettings } from './settings.js';
export {
  createIdentityChecks,
  IdentityCheckConflictError,
  type AdoptInput,
  type IdentityCheckDeps,
  type IdentityCheckLoaders,
  type IdentityChecks,
  type StartInput,
} from './checks.js';
export { IdentityCheckInputError } from './input.js';
export { type IdentityCheckRecord, type IdentityCheckStatus } from './record.js';
export { IdentityCheckBusyError } from './settlement.js';
export {
  type CertType,
  type IdentityQueryType,
  type ZhimaAnswer,
  type ZhimaQuestion,
  type ZhimaSubject,
} from './wire.js';
export { forgetChecks } from './upkeep.js';
