import { randomBytes } from 'node:crypto';
import { createCipher, type Cipher } from '../../src/database/cipher.js';
import { openStorage } from '../../src/app/storage.js';
import { type Database } from '../../src/database/open.js';
import {
  createCheckErasure,
  createIdentityChecks,
  type IdentityCheckDeps,
} from '../../src/datasources/identity-checks/index.js';
import { createPeople, type People } from '../../src/datasources/people/index.js';
import { type TestEngine } from '../engines.js';
import { startZhima, TRUSTED_AT_ONCE } from '../scenes/zhima.js';

export const TIMEOUT_MS = 1_000;
export const LEASE_MS = 1_500;

/** The columns that must be empty once the person is forgotten. */
export const PERSONAL = [
  'person_id',
  'owner_id',
  'key_id',
  'keys',
  'result',
  'conn_key_hash',
  'once_token_hash',
  'subject_hash',
  'told_user_hash',
  'told_open_hash',
] as const;

export async function openEngine(engine: TestEngine) {
  const { url, drop } = await engine.open();
  // Jest refuses what is imported between two tests, and of those that run at once one may be in between: once more.
  const database = await openStorage(url).catch(() => openStorage(url));
  const dataKey = randomBytes(32);
  const close = async () => {
    await database.close();
    await drop();
  };
  return { url, database, dataKey, close };
}

/** The directory as a server composes it with the checks: by the accounts that Alipay knows. */
export function openPeople(database: Database, cipher: Cipher): Promise<People> {
  const erasure = createCheckErasure(cipher);
  const of = (alipayUserId: string | null | undefined) => ({ userId: alipayUserId ?? undefined });
  return createPeople(
    database,
    cipher,
    [(trx, person) => erasure.erase(trx, person.id, of(person.alipayUserId))],
    [(trx, person) => erasure.release(trx, person.id, of(person.alipayUserId))],
  );
}

/** A database, a vendor, and the checks over both; `close` ends it all, but for a database that was given. */
export async function startChecks(
  engine: TestEngine,
  sandbox: Parameters<typeof startZhima>[0] = {},
  over: Partial<IdentityCheckDeps> = {},
  shared?: Awaited<ReturnType<typeof openEngine>>,
) {
  const opened = shared ?? (await openEngine(engine));
  const { url, database, dataKey } = opened;
  const zhima = await startZhima(sandbox, { timeoutMs: TIMEOUT_MS });
  const deps: IdentityCheckDeps = {
    database,
    cipher: createCipher(dataKey),
    client: zhima.client,
    timeoutMs: TIMEOUT_MS,
    leaseMs: LEASE_MS,
    ...over,
  };
  const checks = createIdentityChecks(deps);
  const start = (userId: string = TRUSTED_AT_ONCE, personId = 'person-1') =>
    checks.start({ personId, identityType: '04', queryType: 'EXACT', subject: { userId } });
  const erasure = createCheckErasure(deps.cipher);
  /** As the directory does it: the hook within a transaction, the traces after it. */
  const forget = async (personId: string, accounts: Parameters<typeof erasure.erase>[2] = {}) => {
    await database.transaction((trx) => erasure.erase(trx, personId, accounts));
    await database.eraseTraces();
  };
  const close = async () => {
    await checks.idle();
    await zhima.close();
    if (!shared) await opened.close();
  };
  /** What children need to work on the same database and vendor. */
  const order = {
    databaseUrl: url,
    dataKey: dataKey.toString('base64'),
    leaseMs: LEASE_MS,
    settings: {
      ...zhima.settings,
      privateKey: zhima.keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    },
  };
  return { checks, deps, database, url, dataKey, vendor: zhima.server, start, erasure, forget, close, order };
}
