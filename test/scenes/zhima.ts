import { generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { Deadline } from '../../src/datasources/transport/deadline.js';
import { ZhimaClient, type ZhimaRequest, type ZhimaSettings } from '../../src/datasources/zhima/index.js';
import { startZhimaSandbox, type ZhimaSandboxOptions } from '../../src/sandbox/zhima.js';
import { type Expected, type SceneSubject, recordingDeps } from './subject.js';

const APP_ID = '2014060600164699';
const SERVICE_ID = '2019120400000000000004450100';
/** The sandbox's account that is trusted at once. */
export const TRUSTED_AT_ONCE = '2088000000000006';

export function newQuestion(over: Partial<ZhimaRequest> = {}): ZhimaRequest {
  const subject = { userId: TRUSTED_AT_ONCE };
  return { connKey: randomUUID(), onceToken: randomUUID(), queryType: 'EXACT', identityType: '04', subject, ...over };
}

export function newAppKeys(): { publicKey: string; privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { publicKey: publicKey.export({ type: 'spki', format: 'pem' }) as string, privateKey };
}

/** One pair for the run: primes are slow to find. */
let appKeys: ReturnType<typeof newAppKeys> | undefined;

/** A sandbox and a client that fit together, with keys made for the run. */
export async function startZhima(
  options: Partial<ZhimaSandboxOptions> = {},
  settings: Partial<ZhimaSettings> = {},
  keys = (appKeys ??= newAppKeys()),
) {
  const server = await startZhimaSandbox({
    appId: APP_ID,
    appPublicKey: keys.publicKey,
    appPrivateKey: keys.privateKey,
    serviceId: SERVICE_ID,
    ...options,
  });
  const deps = recordingDeps();
  const complete: ZhimaSettings = {
    baseUrl: server.url,
    timeoutMs: 1_500,
    maxConcurrency: 16,
    maxPerSecond: 0,
    clockOffsetMs: 0,
    appId: APP_ID,
    serviceId: SERVICE_ID,
    privateKey: keys.privateKey,
    alipayPublicKey: options.certificates ? undefined : server.alipayPublicKey,
    ...settings,
  };
  const client = new ZhimaClient(complete, deps);
  const ask = (question: ZhimaRequest = newQuestion()) => client.send(question, Deadline.after(complete.timeoutMs));
  const close = async () => {
    await client.close();
    await server.close();
  };
  return { server, client, ask, close, deps, settings: complete, keys };
}

/** One HTTP request in every scene: nothing here may be repeated by itself. */
const scene = (kind: Expected['kind'], vendorCode?: string): Expected => ({
  kind,
  requests: 1,
  ...(vendorCode === undefined ? {} : { vendorCode }),
});

export const subject: SceneSubject = {
  vendor: 'zhima',
  requestsWhereRepeatable: 1,
  scenes: {
    'signed-with-another-key': scene('protocol'),
    'signed-with-app-key': scene('protocol'),
    unsigned: scene('protocol'),
    'null-signature': scene('protocol'),
    'changed-after-signing': scene('protocol'),
    replayed: scene('protocol'),
    'about-somebody-else': scene('protocol'),
    'empty-object': scene('protocol'),
    'unknown-result': scene('protocol'),
    accepted: scene('unavailable', 'SYSTEM_ERROR'),
    'reset-after-consuming': scene('unavailable'),
    'wrongly-signed-error': scene('protocol'),
    'non-json-error': scene('protocol'),
    'error-with-text-links': scene('rejected', 'PARAM_ERROR'),
    'error-with-details': scene('rejected', 'INVALID_PARAMETER'),
    'unknown-gateway-code': scene('misconfigured', 'some-code-nobody-documented'),
    'system-error': scene('unavailable', 'SYSTEM_ERROR'),
    throttled: scene('throttled', 'app-call-limited'),
    'too-many-requests': scene('throttled'),
    'merchant-intercept': scene('misconfigured', 'MERCHANT_INTERCEPT'),
    'token-invalid': scene('rejected', 'TOKEN_INVALID'),
    'not-authorized': scene('rejected', 'USER_NOT_AUTHORIZE'),
  },
  start: async (settings) => {
    const { server, deps, ask, close } = await startZhima({}, settings);
    return { server, deps, ask: () => ask(), close };
  },
};
