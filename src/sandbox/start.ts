import { generateKeyPair, randomBytes, randomInt } from 'node:crypto';
import { promisify } from 'node:util';
import { startCampusSandbox } from './campus.js';
import { type SandboxServer } from './server.js';
import { startZhimaSandbox } from './zhima.js';
import { startZvcmsSandbox } from './zvcms.js';

/** A vendor's local server, with the settings, by environment name, that lead to it. Their secrets live as long as this process. */
export interface StartedVendor {
  url: string;
  settings: Record<string, string>;
  close(): Promise<void>;
}

/** The events that the sandbox's campus knows. */
const ACTIVITY_CODES = ['1', '2'];

const secret = () => randomBytes(24).toString('hex');

const started = (server: SandboxServer<never>, settings: Record<string, string>): StartedVendor => ({
  url: server.url,
  settings,
  close: () => server.close(),
});

export async function startCampus(): Promise<StartedVendor> {
  const app = { appKey: String(randomInt(10_000_000, 99_999_999)), appSecret: secret() };
  const activities = ACTIVITY_CODES.map((activityCode) => ({
    activityCode,
    sponsorCode: 'sandbox',
    accessKey: secret(),
  }));
  const server = await startCampusSandbox({ ...app, activities, record: false });
  return started(server, {
    CAMPUS_BASE_URL: server.url,
    CAMPUS_APP_KEY: app.appKey,
    CAMPUS_APP_SECRET: app.appSecret,
    CAMPUS_ACTIVITIES: JSON.stringify(activities),
  });
}

export async function startZvcms(): Promise<StartedVendor> {
  const account = { openId: secret(), grantCode: secret().slice(0, 10), openKey: secret() };
  const server = await startZvcmsSandbox({ ...account, style: 'production', record: false });
  return started(server, {
    ZVCMS_BASE_URL: server.url,
    ZVCMS_OPEN_ID: account.openId,
    ZVCMS_GRANT_CODE: account.grantCode,
    ZVCMS_OPEN_KEY: account.openKey,
  });
}

export async function startZhima(): Promise<StartedVendor> {
  const app = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const ids = { appId: `2021${randomInt(10 ** 11, 10 ** 12)}`, serviceId: '2026000000000000000000000001' };
  const server = await startZhimaSandbox({ ...ids, appPublicKey: app.publicKey, record: false });
  return started(server, {
    ZHIMA_BASE_URL: server.url,
    ZHIMA_APP_ID: ids.appId,
    // On one line, so that it can be copied into an .env file.
    ZHIMA_PRIVATE_KEY: bare(app.privateKey),
    ZHIMA_SERVICE_ID: ids.serviceId,
    ZHIMA_ALIPAY_PUBLIC_KEY: bare(server.alipayPublicKey),
  });
}

const bare = (pem: string) => pem.replace(/-----[^-]+-----|\s/g, '');
