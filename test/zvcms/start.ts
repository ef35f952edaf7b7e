import { randomBytes } from 'node:crypto';
import { createZvcms, type Zvcms, type ZvcmsSettings } from '../../src/datasources/zvcms/index.js';
import { type SandboxServer } from '../../src/sandbox/server.js';
import { startZvcmsSandbox, type ZvcmsSandboxOptions, type ZvcmsScene } from '../../src/sandbox/zvcms.js';
import { recordingDeps } from '../scenes/subject.js';

export interface Started {
  server: SandboxServer<ZvcmsScene>;
  zvcms: Zvcms;
  settings: ZvcmsSettings;
  deps: ReturnType<typeof recordingDeps>;
  /** Another client of the same server. */
  another: (settings: Partial<ZvcmsSettings>) => Zvcms;
  close: () => Promise<void>;
}

/** A local zvcms and a client of it, with an account made for this run. */
export async function startZvcms(
  overrides: Partial<ZvcmsSettings> = {},
  sandbox: Partial<ZvcmsSandboxOptions> = {},
): Promise<Started> {
  const account = {
    openId: randomBytes(16).toString('hex'),
    grantCode: randomBytes(5).toString('hex'),
    openKey: randomBytes(24).toString('base64'),
  };
  const server = await startZvcmsSandbox({ ...account, ...sandbox });
  const settings: ZvcmsSettings = { ...defaults(server.url), ...account, ...overrides };
  const deps = recordingDeps();
  const clients: Zvcms[] = [];
  const another = (others: Partial<ZvcmsSettings>) => {
    const client = createZvcms({ ...settings, ...others }, deps);
    clients.push(client);
    return client;
  };
  return {
    server,
    zvcms: another({}),
    settings,
    deps,
    another,
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
      await server.close();
    },
  };
}

function defaults(baseUrl: string): Omit<ZvcmsSettings, 'openId' | 'grantCode' | 'openKey'> {
  return {
    baseUrl,
    timeoutMs: 5_000,
    maxConcurrency: 4,
    maxPerSecond: 0,
    clockOffsetMs: 0,
    signCaseV2: 'camel',
    moneyUnit: 'yuan',
    giftCardApi: 'v2',
    utcOffset: '+08:00',
  };
}
