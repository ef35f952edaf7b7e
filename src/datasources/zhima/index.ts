export { createZhima, zhima, ZhimaClient } from './client.js';
export { checkZhimaSettings, type ZhimaSettings } from './settings.js';
export {
  createIdentityChecks,
  IdentityCheckConflictError,
  type AdoptInput,
  type IdentityCheckDeps,
  type IdentityCheckLoaders,
  type IdentityChecks,
  type StartInput,
} from '../identity-checks/identity-checks.js';
export { IdentityCheckInputError } from '../identity-checks/input.js';
export { type IdentityCheckRecord, type IdentityCheckStatus } from '../identity-checks/record.js';
export { IdentityCheckBusyError } from '../identity-checks/settlement.js';
export {
  type CertType,
  type IdentityQueryType,
  type ZhimaAnswer,
  type ZhimaQuestion,
  type ZhimaSubject,
} from './wire.js';
export { forgetChecks } from '../identity-checks/upkeep.js';
