import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { type Environment } from '../../src/config/config.js';
import { type Scope } from '../../src/graph/access.js';
import { SCOPES, VENDORS } from '../../src/modules/index.js';
import { type CampusSandbox, startCampusSandbox } from '../../src/sandbox/campus.js';
import { type SandboxServer } from '../../src/sandbox/server.js';
import { startZvcmsSandbox, type ZvcmsScene } from '../../src/sandbox/zvcms.js';
import { startZhimaSandbox, type ZhimaSandbox } from '../../src/sandbox/zhima.js';
import { serve } from '../../src/app/serve.js';
import { newAppKeys } from '../scenes/zhima.js';

export interface Answer {
  status: number;
  data?: Record<string, unknown> | null;
  errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[];
}

export interface AskOptions {
  /** Default: every scope. */
  scopes?: readonly Scope[];
  subject?: string;
  headers?: Record<string, string>;
}

export interface TestGraph {
  url: string;
  campus: CampusSandbox;
  zvcms: SandboxServer<ZvcmsScene>;
  zhima: ZhimaSandbox;
  /** These three and every other vendor of the registry, by name. */
  vendors: Record<string, SandboxServer<string>>;
  /** What the server was started with. */
  settings: Environment;
  /** The folder that holds the database file. */
  folder: string;
  ask(query: string, variables?: Record<string, unknown>, options?: AskOptions): Promise<Answer>;
  /** Registers people and gives their ids, in order. */
  register(...people: Record<string, unknown>[]): Promise<string[]>;
  token(options: AskOptions): Promise<string>;
  close(): Promise<void>;
}

/** An operation has at most 100 fields at the top. */
const PEOPLE_AN_OPERATION = 100;

interface Options {
  zvcmsStyle?: 'documented' | 'production';
}

/** The server as in production, with tokens checked, over a real socket, before a local vendor that records what it is asked. */
export async function startGraph(
  environment: Environment = {},
  { zvcmsStyle = 'production' }: Options = {},
): Promise<TestGraph> {
  const folder = mkdtempSync(join(tmpdir(), 'kaquan-graph-'));
  const appSecret = randomBytes(24).toString('hex');
  const authSecret = randomBytes(32).toString('hex');
  const activities = ['1', '2', 'by-id', 'by-id-and-mail'].map((activityCode) => ({
    activityCode,
    sponsorCode: 's',
    accessKey: randomBytes(8).toString('hex'),
    ...(activityCode === 'by-id' && { send: ['idno'] }),
    ...(activityCode === 'by-id-and-mail' && { send: ['idno', 'email'] }),
  }));
  const campus = await startCampusSandbox({ appKey: '12345678', appSecret, activities });
  const account = {
    openId: randomBytes(16).toString('hex'),
    grantCode: randomBytes(5).toString('hex'),
    openKey: randomBytes(16).toString('hex'),
  };
  const zvcms = await startZvcmsSandbox({ ...account, style: zvcmsStyle });
  const app = newAppKeys();
  const ids = { appId: '2021000000000001', serviceId: '2026000000000000000000000001' };
  const zhima = await startZhimaSandbox({ ...ids, appPublicKey: app.publicKey, wait: { times: 1 } });
  const vendors: TestGraph['vendors'] = { campus, zvcms, zhima };
  const settingsOfOthers: Environment = {};
  for (const { name, startSandbox } of VENDORS.filter(({ name }) => !(name in vendors))) {
    const other = await startSandbox({});
    vendors[name] = other.server;
    Object.assign(settingsOfOthers, other.settings);
  }
  const closeVendors = () => Promise.all(Object.values(vendors).map((vendor) => vendor.close()));
  const settings: Environment = {
    PORT: '0',
    METRICS_PORT: '0',
    LOG_LEVEL: 'silent',
    AUDIT_LOG: join(folder, 'audit.log'),
    SANDBOX: 'false',
    DATABASE_URL: `file:${join(folder, 'test.db')}`,
    AUTH_SECRET: authSecret,
    CAMPUS_BASE_URL: campus.url,
    CAMPUS_APP_KEY: '12345678',
    CAMPUS_APP_SECRET: appSecret,
    CAMPUS_ACTIVITIES: JSON.stringify(activities),
    ZVCMS_BASE_URL: zvcms.url,
    ZVCMS_OPEN_ID: account.openId,
    ZVCMS_GRANT_CODE: account.grantCode,
    ZVCMS_OPEN_KEY: account.openKey,
    ZHIMA_BASE_URL: zhima.url,
    ZHIMA_APP_ID: ids.appId,
    ZHIMA_PRIVATE_KEY: app.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    ZHIMA_SERVICE_ID: ids.serviceId,
    ZHIMA_ALIPAY_PUBLIC_KEY: zhima.alipayPublicKey,
    ...settingsOfOthers,
    ...environment,
  };
  const running = await serve(settings, () => undefined).catch(async (error: unknown) => {
    await closeVendors();
    throw error;
  });

  const token = ({ scopes = SCOPES, subject }: AskOptions) => {
    const claims = new SignJWT({ scope: scopes.join(' ') })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('5m');
    return (subject === undefined ? claims : claims.setSubject(subject)).sign(new TextEncoder().encode(authSecret));
  };
  const ask = async (query: string, variables?: Record<string, unknown>, options: AskOptions = {}): Promise<Answer> => {
    const response = await fetch(running.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await token(options)}`,
        ...options.headers,
      },
      body: JSON.stringify({ query, variables }),
    });
    return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) };
  };
  return {
    url: running.url,
    campus,
    zvcms,
    zhima,
    vendors,
    settings,
    folder,
    ask,
    token,
    register: async (...people) => {
      const ids: string[] = [];
      for (let at = 0; at < people.length; at += PEOPLE_AN_OPERATION) {
        const some = people.slice(at, at + PEOPLE_AN_OPERATION);
        const declared = some.map((_, index) => `$p${index}: PersonInput!`).join(', ');
        const fields = some.map((_, index) => `p${index}: registerPerson(input: $p${index}) { id }`).join(' ');
        const variables = Object.fromEntries(some.map((person, index) => [`p${index}`, person]));
        const { data, errors } = await ask(`mutation (${declared}) { ${fields} }`, variables);
        if (errors) throw new Error(errors.map(({ message }) => message).join('; '));
        ids.push(...some.map((_, index) => (data?.[`p${index}`] as { id: string }).id));
      }
      return ids;
    },
    close: async () => {
      await running.close();
      await closeVendors();
      rmSync(folder, { recursive: true });
    },
  };
}

/** `n` invented people with names and mobiles of their own. */
export const inventPeople = (n: number): Record<string, unknown>[] =>
  Array.from({ length: n }, (_, at) => ({ name: `测试${at}`, mobile: `138${String(10_000_000 + at)}` }));

/** What campus was told, in the vendor's words: the one business parameter of each call, alone or in a batch. */
export const toldToCampus = ({ campus }: Pick<TestGraph, 'campus'>): Record<string, unknown>[] =>
  campus.requests
    .flatMap(({ body }) => body.split('\r\n-S-\r\n'))
    .map((call) => JSON.parse(new URLSearchParams(call).get('param') ?? '') as Record<string, unknown>);
