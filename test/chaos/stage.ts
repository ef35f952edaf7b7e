import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PrivatePostgres, startPrivatePostgres } from '../private-postgres.js';
import { CAN_START_REDIS, PrivateRedis } from '../redis.js';
import { ServerProcess, VendorProcess } from './processes.js';

export const SERVERS = 2;
export const REQUEST_TIMEOUT_MS = 5_000;
/** Calls a second, of each API. */
export const LIMITS: Readonly<Record<string, number>> = { zvcms: 40, zhima: 20 };

/** All that takes part: servers, what they keep their things in, and whom they ask. */
export interface Stage {
  vendors: VendorProcess;
  servers: ServerProcess[];
  postgres: PrivatePostgres | undefined;
  redis: PrivateRedis | undefined;
  secret: string;
  close(): Promise<void>;
}

export async function setStage(program: string, onEnd: (what: string) => void): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'kaquan-chaos-'));
  const [vendors, postgres, redis] = await Promise.all([
    VendorProcess.start(),
    startPrivatePostgres(),
    CAN_START_REDIS ? PrivateRedis.start() : undefined,
  ]);
  const secret = randomBytes(32).toString('hex');
  const settings: Record<string, string> = {
    ...vendors.settings,
    SANDBOX: 'false',
    LOG_LEVEL: 'warn',
    DATABASE_URL: postgres?.url ?? `file:${join(folder, 'chaos.db')}`,
    DATA_KEY: randomBytes(32).toString('base64'),
    AUTH_SECRET: secret,
    REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS),
    PROCESSES: String(SERVERS),
    ...(redis && { REDIS_URL: redis.url }),
    CAMPUS_TIMEOUT_MS: '2000',
    ZVCMS_TIMEOUT_MS: '2000',
    ZVCMS_MAX_CONCURRENCY: '16',
    ZVCMS_MAX_PER_SECOND: String(LIMITS['zvcms']),
    ZHIMA_TIMEOUT_MS: '2000',
    ZHIMA_MAX_PER_SECOND: String(LIMITS['zhima']),
  };
  const ports = await freePorts(2 * SERVERS);
  const servers = Array.from({ length: SERVERS }, (_, at) => {
    const [graph = 0, metrics = 0] = ports.slice(2 * at);
    return new ServerProcess(program, settings, { graph, metrics }, onEnd);
  });
  return {
    vendors,
    servers,
    postgres,
    redis,
    secret,
    close: async () => {
      await Promise.all(servers.map((server) => server.end('SIGKILL')));
      vendors.close();
      await redis?.erase();
      await postgres?.erase();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Held all at once, so that no two are the same. */
async function freePorts(count: number): Promise<number[]> {
  const held = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(held.map((server) => new Promise((listening) => server.once('listening', listening))));
  const ports = held.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(held.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}
