import { generateKeyPair, randomBytes, randomInt } from 'node:crypto';
import { promisify } from 'node:util';
import { startCampusSandbox } from './campus.js';
import { type SandboxServer } from './server.js';
import { startZhimaSandbox } from './zhima.js';
import { startZvcmsSandbox } from './zvcms.js';

export { INVENTED_PEOPLE } from './people.js';
export { ZVCMS_CODES as SANDBOX_CODES } from './zvcms.js';

export interface Sandbox {
  /** The settings, by environment name, that make the server use these vendors. Their secrets live as long as this process. */
  settings: Record<string, string>;
  /** Where each vendor's server listens. */
  urls: Record<string, string>;
  close(): Promise<void>;
}

/** The events that the sandbox's campus knows. */
const ACTIVITY_CODES = ['1', '2'];

const secret = () => randomBytes(24).toString('hex');

/** One vendor's server, with the settings that lead to it. */
interface Started {
  server: SandboxServer<never>;
  settings: Record<string, string>;
}

const STARTERS: Record<string, () => Promise<Started>> = {
  campus: async () => {
    const app = { appKey: String(randomInt(10_000_000, 99_999_999)), appSecret: secret() };
    const activities = ACTIVITY_CODES.map((activityCode) => ({
      activityCode,
      sponsorCode: 'sandbox',
      accessKey: secret(),
    }));
    const server = await startCampusSandbox({ ...app, activities, record: false });
    const settings = {
      CAMPUS_BASE_URL: server.url,
      CAMPUS_APP_KEY: app.appKey,
      CAMPUS_APP_SECRET: app.appSecret,
      CAMPUS_ACTIVITIES: JSON.stringify(activities),
    };
    return { server, settings };
  },
  zvcms: async () => {
    const account = { openId: secret(), grantCode: secret().slice(0, 10), openKey: secret() };
    const server = await startZvcmsSandbox({ ...account, style: 'production', record: false });
    const settings = {
      ZVCMS_BASE_URL: server.url,
      ZVCMS_OPEN_ID: account.openId,
      ZVCMS_GRANT_CODE: account.grantCode,
      ZVCMS_OPEN_KEY: account.openKey,
    };
    return { server, settings };
  },
  zhima: async () => {
    const app = await promisify(generateKeyPair)('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const ids = { appId: `2021${randomInt(10 ** 11, 10 ** 12)}`, serviceId: '2026000000000000000000000001' };
    const server = await startZhimaSandbox({
      ...ids,
      appPublicKey: app.publicKey,
      record: false,
    });
    const settings = {
      ZHIMA_BASE_URL: server.url,
      ZHIMA_APP_ID: ids.appId,
      // On one line, so that it can be copied into an .env file.
      ZHIMA_PRIVATE_KEY: bare(app.privateKey),
      ZHIMA_SERVICE_ID: ids.serviceId,
      ZHIMA_ALIPAY_PUBLIC_KEY: bare(server.alipayPublicKey),
    };
    return { server, settings };
  },
};

const bare = (pem: string) => pem.replace(/-----[^-]+-----|\s/g, '');

/** Starts every vendor's local server, each on a free loopback port, with credentials made for this run. */
export async function startSandbox(): Promise<Sandbox> {
  // Together, since making keys takes the longest and uses other cores.
  const outcomes = await Promise.allSettled(
    Object.entries(STARTERS).map(async ([name, start]) => ({ name, ...(await start()) })),
  );
  const started = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const close = async () => {
    await Promise.all(started.map(({ server }) => server.close()));
  };
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await close();
    throw failed.reason;
  }
  const settings = Object.assign({}, ...started.map((one) => one.settings)) as Record<string, string>;
  const urls = Object.fromEntries(started.map(({ name, server }) => [name, server.url]));
  return { settings, urls, close };
}
