import { generateKeyPair, randomInt } from 'node:crypto';
import { promisify } from 'node:util';
import { type SandboxOptions } from './server.js';
import { type StartedVendor } from './start.js';
import { alipayKeys, startZhimaSandbox, ZHIMA_SCENES } from './zhima.js';

export async function startZhima(options: SandboxOptions): Promise<StartedVendor> {
  const makingKeys = promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  // Both sides' at once: finding primes takes longer than all else of a start.
  const [app] = await Promise.all([makingKeys, alipayKeys()]);
  const ids = { appId: `2021${randomInt(10 ** 11, 10 ** 12)}`, serviceId: '2026000000000000000000000001' };
  const server = await startZhimaSandbox({ ...ids, appPublicKey: app.publicKey, ...options });
  const settings = {
    ZHIMA_BASE_URL: server.url,
    ZHIMA_APP_ID: ids.appId,
    // On one line, so that it can be copied into an .env file.
    ZHIMA_PRIVATE_KEY: bare(app.privateKey),
    ZHIMA_SERVICE_ID: ids.serviceId,
    ZHIMA_ALIPAY_PUBLIC_KEY: bare(server.alipayPublicKey),
  };
  return { server, settings, scenes: ZHIMA_SCENES };
}

const bare = (pem: string) => pem.replace(/-----[^-]+-----|\s/g, '');
