import { type Cipher } from '../../database/cipher.js';
import { type Database } from '../../database/open.js';
import { type CallObserver } from '../transport/vendor-call.js';
import { databaseClock, type Clock } from './clock.js';
import { Ledger } from './ledger.js';
import { IdentityCheckLoaders } from './loaders.js';
import { LedgerSeals, type IdentityCheckRecord } from './record.js';
import { Registration, type AdoptInput, type LockPerson, type StartedCheck, type StartInput } from './registration.js';
import { resealChecks, type ResealCounts } from './reseal.js';
import { type LedgerState, Settlement, type SettlementStep, type VerdictSource } from './settlement.js';

export interface IdentityChecks {
  /**
   * Mints the keys of a check. The token is stored sealed and told here, this once. Throws UnknownPersonError where the
   * person is gone, IdentityCheckInputError.
   */
  start(input: StartInput): Promise<StartedCheck>;
  /**
   * Takes keys minted elsewhere. The same keys again are the same check; made without a person, it becomes theirs who
   * come with them. Throws IdentityCheckConflictError where the keys or the token are another check's, and as `start`.
   */
  adopt(input: AdoptInput): Promise<IdentityCheckRecord>;
  /**
   * Asks the vendor for the verdict, unless it is known. Null where there is no such check. It goes on when its caller
   * goes away, since what it asks for is told once. `observer` hears of the call, where this one makes it.
   *
   * @throws VendorError where the vendor did not answer; the check is as it was, settle again.
   * @throws IdentityCheckBusyError where somebody else asks and did not hear within the vendor's timeout.
   * @throws DatabaseError of kind `key` or `corrupt` where the check cannot be opened; the vendor is not asked.
   */
  settle(id: string, observer?: CallObserver): Promise<IdentityCheckRecord | null>;
  /** Throws DatabaseError of kind `key` or `corrupt` where what came with the verdict cannot be opened. */
  find(id: string): Promise<IdentityCheckRecord | null>;
  /** New loaders, for one request. */
  loaders(): IdentityCheckLoaders;
  /** Seals anew what DATA_KEY_PREVIOUS had sealed, and tells what is left for another start. */
  reseal(): Promise<ResealCounts>;
  /** Waits until nothing is being asked: before the database is closed. */
  idle(): Promise<void>;
}

export interface IdentityCheckDeps {
  database: Database;
  cipher: Cipher;
  /** `disabledVerdictSource` where the vendor is not configured here. */
  client: VerdictSource;
  /** ZHIMA_TIMEOUT_MS: for one request, and for waiting until somebody else's is answered. */
  timeoutMs: number;
  /** Without it a check is made for whomever is named: where no directory is at hand. */
  lockPerson?: LockPerson | undefined;
  /** Hears of each check that this process started or heard about. */
  onState?: (state: LedgerState) => void;
  /** Default: a little longer than the timeout. For tests. */
  leaseMs?: number;
  /** Default: the database's clock. For tests. */
  nowMs?: Clock;
  /** Is awaited at each step of a settlement. For tests, which stop the process there. */
  onStep?: (step: SettlementStep, checkId: string) => Promise<void>;
}

/** From the answer's arrival, at the latest when the timeout is up, to the end of its commit. */
const LEASE_MARGIN_MS = 2_000;

/** The identity checks over one database; see ledger.ts for what it guarantees and docs/once-only.md for why. */
export function createIdentityChecks(deps: IdentityCheckDeps): IdentityChecks {
  const { database, cipher, timeoutMs, nowMs = databaseClock(database) } = deps;
  const seals = new LedgerSeals(cipher);
  const ledger = new Ledger(database, seals, deps.leaseMs ?? timeoutMs + LEASE_MARGIN_MS, nowMs);
  const registration = new Registration(database, seals, nowMs, deps.lockPerson);
  const settlement = new Settlement(ledger, deps.client, timeoutMs, deps.onStep, deps.onState);
  /** Settlements of this process by check: a second caller gets the first one's promise, and the vendor one request. */
  const underWay = new Map<string, Promise<IdentityCheckRecord | null>>();

  return {
    start: async (input) => {
      const started = await registration.start(input);
      deps.onState?.('STARTED');
      return started;
    },

    adopt: (input) => registration.adopt(input),

    settle(id, observer) {
      let settled = underWay.get(id);
      if (!settled) {
        settled = settlement.settle(id, observer).finally(() => underWay.delete(id));
        underWay.set(id, settled);
      }
      return settled;
    },

    find: (id) => new IdentityCheckLoaders(database.db, seals).byId.load(id),

    loaders: () => new IdentityCheckLoaders(database.db, seals),

    reseal: () => resealChecks(database, cipher, seals, nowMs),

    async idle() {
      await Promise.allSettled(underWay.values());
    },
  };
}
