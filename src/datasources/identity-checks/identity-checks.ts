import { randomBytes } from 'node:crypto';
import DataLoader from 'dataloader';
import { type Kysely, type RawBuilder } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { type Cipher } from '../../database/cipher.js';
import { type Database } from '../../database/open.js';
import { type Tables } from '../../database/tables.js';
import { checkCertificateNumber, checkWord, IdentityCheckInputError } from './input.js';
import { Ledger } from './ledger.js';
import { subjectName, type CheckKeys, type IdentityCheckRecord } from './record.js';
import { Settlement, type AskVendor, type SettlementStep } from './settlement.js';
import { forgetChecks, resealChecks } from './upkeep.js';
import { type IdentityQueryType, type ZhimaSubject } from '../zhima/wire.js';

/** The keys belong to a check of another token, another person or another identity. */
export class IdentityCheckConflictError extends Error {
  override readonly name = 'IdentityCheckConflictError';

  constructor() {
    super('these keys belong to another identity check');
  }
}

export interface StartInput {
  personId: string;
  identityType: string;
  queryType: IdentityQueryType;
  /** `certType` is wanted with `certNo`. */
  subject: ZhimaSubject;
}

export interface AdoptInput {
  connKey: string;
  onceToken: string;
  identityType: string;
  queryType: IdentityQueryType;
  personId?: string | undefined;
  /** `certType` is wanted with `certNo`. */
  subject: ZhimaSubject;
}

export interface IdentityChecks {
  /** Mints the keys of a check. The token is stored sealed and told here, this once. */
  start(input: StartInput): Promise<{ check: IdentityCheckRecord; connKey: string; onceToken: string }>;
  /** Takes keys minted elsewhere. The same keys again are the same check; throws IdentityCheckConflictError where they are another's. */
  adopt(input: AdoptInput): Promise<IdentityCheckRecord>;
  /**
   * Asks the vendor for the verdict, unless it is known. Null where there is no such check. It goes on when its caller
   * goes away, since what it asks for is told once.
   *
   * @throws VendorError where the vendor did not answer; the check is as it was, settle again.
   * @throws IdentityCheckBusyError where somebody else asks and did not hear within the vendor's timeout.
   */
  settle(id: string): Promise<IdentityCheckRecord | null>;
  find(id: string): Promise<IdentityCheckRecord | null>;
  /** The newest `first` checks, newest first. */
  listByPerson(personId: string, first: number): Promise<IdentityCheckRecord[]>;
  /** New loaders, for one request. */
  loaders(): IdentityCheckLoaders;
  /**
   * Erases the person from their checks; `accounts` names identities whose checks were made without the person's id.
   * Keeps id, kind, verdict and times. See forgetChecks.
   */
  forgetPerson(personId: string, accounts?: ZhimaSubject): Promise<void>;
  /** The same within the transaction that deletes the person; whoever runs it erases the traces. */
  forgetting(trx: Kysely<Tables>, personId: string): Promise<void>;
  /** Seals anew what DATA_KEY_PREVIOUS had sealed; returns how many checks are left for another time. */
  reseal(): Promise<number>;
  /** Waits until nothing is being asked: before the database is closed. */
  idle(): Promise<void>;
}

export interface IdentityCheckLoaders {
  byId: DataLoader<string, IdentityCheckRecord | null>;
  byPerson: DataLoader<{ personId: string; first: number; after?: string | undefined }, IdentityCheckRecord[], string>;
}

export interface IdentityCheckDeps {
  database: Database;
  cipher: Cipher;
  /** Null where the vendor is not configured here: checks can be read, not asked about. */
  client: AskVendor | null;
  /** ZHIMA_TIMEOUT_MS: for one question, and for waiting until somebody else's is answered. */
  timeoutMs: number;
  /** Default: a little longer than the timeout. For tests. */
  leaseMs?: number;
  /** Default: the database's clock. For tests. */
  nowMs?: () => RawBuilder<number>;
  /** Is awaited at each step of a settlement. For tests, which stop the process there. */
  onStep?: (step: SettlementStep, checkId: string) => Promise<void>;
}

/** From the answer's arrival, at the latest when the timeout is up, to the end of its commit. */
const LEASE_MARGIN_MS = 2_000;
const MAX_BATCH = 500;

/** The identity checks over one database; see ledger.ts for what it guarantees and docs/once-only.md for why. */
export function createIdentityChecks(deps: IdentityCheckDeps): IdentityChecks {
  const { database, cipher, timeoutMs } = deps;
  const ledger = new Ledger(database, cipher, deps.leaseMs ?? timeoutMs + LEASE_MARGIN_MS, deps.nowMs);
  const settlement = new Settlement(ledger, deps.client, timeoutMs, deps.onStep);
  /** Settlements of this process by check: a second caller gets the first one's promise, and the vendor one request. */
  const underWay = new Map<string, Promise<IdentityCheckRecord | null>>();

  const insertOrFind = async (personId: string | null, input: Omit<AdoptInput, keyof CheckKeys>, keys: CheckKeys) => {
    const { identityType, queryType } = input;
    const known = await ledger.findByConnKey(keys.connKey);
    if (!known) {
      const inserted = await ledger.insert({ personId, identityType, queryType, keys }, uuidv7());
      if (inserted) return inserted;
    }
    // Without `known` somebody was faster between the two statements.
    const other = known ?? (await ledger.findByConnKey(keys.connKey));
    if (!other || !isSameCheck(other, personId, keys)) throw new IdentityCheckConflictError();
    return other.record;
  };

  return {
    async start({ personId, identityType, queryType, subject }) {
      checkWord('identityType', identityType);
      // 128 random bits each, in characters that no part of the vendor's flow has to escape.
      const keys = {
        connKey: randomBytes(16).toString('hex'),
        onceToken: randomBytes(16).toString('hex'),
        subject: checkSubject(subject),
      };
      const check = await insertOrFind(personId, { identityType, queryType }, keys);
      return { check, connKey: keys.connKey, onceToken: keys.onceToken };
    },

    async adopt({ connKey, onceToken, personId, ...input }) {
      checkWord('connKey', connKey);
      checkWord('onceToken', onceToken);
      checkWord('identityType', input.identityType);
      return insertOrFind(personId ?? null, input, { connKey, onceToken, subject: checkSubject(input.subject) });
    },

    settle(id) {
      let settled = underWay.get(id);
      if (!settled) {
        settled = settlement.settle(id).finally(() => underWay.delete(id));
        underWay.set(id, settled);
      }
      return settled;
    },

    async find(id) {
      return (await ledger.look(id))?.record ?? null;
    },

    listByPerson: (personId, first) => ledger.findByPersons([personId], first),

    loaders: () => createLoaders(ledger),

    async forgetPerson(personId, accounts) {
      if ((await forgetChecks(database.db, cipher, personId, accounts)) > 0) await database.eraseTraces();
    },

    async forgetting(trx, personId) {
      await forgetChecks(trx, cipher, personId);
    },

    reseal: () => resealChecks(database, cipher),

    async idle() {
      await Promise.allSettled(underWay.values());
    },
  };
}

function createLoaders(ledger: Ledger): IdentityCheckLoaders {
  return {
    byId: new DataLoader(
      async (ids: readonly string[]) => {
        const records = new Map((await ledger.findMany(ids)).map((record) => [record.id, record]));
        return ids.map((id) => records.get(id) ?? null);
      },
      { maxBatchSize: MAX_BATCH },
    ),
    byPerson: new DataLoader(
      async (wanted: readonly { personId: string; first: number; after?: string | undefined }[]) => {
        const personIds = [...new Set(wanted.map(({ personId }) => personId))];
        const records = await ledger.findByPersons(personIds, Math.max(...wanted.map(({ first }) => first)));
        return wanted.map(({ personId, first }) =>
          records.filter((record) => record.personId === personId).slice(0, first),
        );
      },
      { maxBatchSize: MAX_BATCH, cacheKeyFn: ({ personId, first }) => `${first} ${personId}` },
    ),
  };
}

function checkSubject({ userId, openId, certNo, certType }: ZhimaSubject): ZhimaSubject {
  if (userId !== undefined) checkWord('userId', userId);
  if (openId !== undefined) checkWord('openId', openId);
  if (certNo !== undefined)
    return { userId, openId, certNo: checkCertificateNumber(certNo, certType ?? '0'), certType: certType ?? '0' };
  if (userId === undefined && openId === undefined)
    throw new IdentityCheckInputError('subject', 'one of userId, openId and certNo is wanted');
  return { userId, openId };
}

/**
 * The connection key is the same; whether the check is, decide token and person. Without this, keys of one person's
 * check would show their verdict for whomever the caller names.
 */
function isSameCheck(
  known: { record: IdentityCheckRecord; keys: CheckKeys },
  personId: string | null,
  { onceToken, subject }: CheckKeys,
): boolean {
  if (known.keys.onceToken !== onceToken) return false;
  if (personId !== null && known.record.personId !== null) return known.record.personId === personId;
  return subjectName(known.keys.subject) === subjectName(subject);
}
