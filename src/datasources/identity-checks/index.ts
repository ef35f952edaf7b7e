export { createCheckErasure, type CheckErasure } from './erasure.js';
export { createIdentityChecks, type IdentityCheckDeps, type IdentityChecks } from './identity-checks.js';
export { IdentityCheckInputError } from './input.js';
export { type ChecksOfPerson, type IdentityCheckLoaders } from './loaders.js';
export { type IdentityCheckRecord, type IdentityCheckStatus } from './record.js';
export {
  IdentityCheckConflictError,
  UnknownPersonError,
  type AdoptInput,
  type LockPerson,
  type StartedCheck,
  type StartInput,
} from './registration.js';
export { type ResealCounts } from './reseal.js';
export { disabledVerdictSource, IdentityCheckBusyError, type LedgerState, type VerdictSource } from './settlement.js';
