import { createInterface } from 'node:readline';
import { createCipher } from '../../src/database/cipher.js';
import { openStorage } from '../../src/app/storage.js';
import { LocalRateLimiter } from '../../src/datasources/transport/rate-limiter.js';
import { createIdentityChecks, type IdentityCheckDeps } from '../../src/datasources/identity-checks/index.js';
import { ZhimaClient, type ZhimaSettings } from '../../src/datasources/zhima/index.js';

/** What a child needs to work on its parent's database and vendor: the first line on its stdin. */
export interface Order {
  databaseUrl: string;
  dataKey: string;
  settings: ZhimaSettings;
  leaseMs: number;
  checkId: string;
}

const lines = createInterface(process.stdin)[Symbol.asyncIterator]();

/** The next line from the parent; undefined where the parent is gone or says nothing more. */
export async function nextLine(): Promise<string | undefined> {
  const { done, value } = (await lines.next()) as IteratorResult<string, undefined>;
  return done ? undefined : value;
}

export async function readOrder<T extends Order>(): Promise<T> {
  return JSON.parse((await nextLine()) ?? '') as T;
}

export async function openOrder({ databaseUrl, dataKey, settings, leaseMs }: Order) {
  const database = await openStorage(databaseUrl);
  const client = new ZhimaClient(settings, {
    rateLimiter: new LocalRateLimiter(),
    telemetry: {
      vendorOpened: () => undefined,
      vendorCall: () => undefined,
      notSent: () => undefined,
      anomaly: () => undefined,
    },
  });
  const cipher = createCipher(Buffer.from(dataKey, 'base64'));
  const newChecks = (over: Partial<IdentityCheckDeps> = {}) =>
    createIdentityChecks({ database, client, cipher, timeoutMs: settings.timeoutMs, leaseMs, ...over });
  const close = async () => {
    await client.close();
    await database.close();
  };
  return { newChecks, close, database, cipher };
}
