/*
 * Local server of Zhima's jobworth authentication on Alipay OpenAPI V3, written from the vendor's documents: the V3 signing
 * rules (Authorization over the raw request target, answers signed over timestamp, nonce and raw body), the query
 * /v3/zhima/customer/jobworth/authentication and its table of errors.
 *
 * Checks: the signature over the request target to the byte, app id, the age and the uniqueness of timestamp and nonce,
 * the certificates' serial numbers in certificate mode, the members of the query, and the service id. Signs its answers
 * with a key made for the run, and encrypts them where that was asked for. Models the token: WAITING_VERIFY for a while,
 * one final answer, TOKEN_INVALID from then on; zhima-tokens.ts says which account gets which outcome.
 *
 * Does not model: the page on which the person confirms (the first query starts the wait instead), acting for a merchant
 * beyond signing its token, quotas, and what identity types there are. Tokens are forgotten when the process ends.
 */
import { createPublicKey, generateKeyPair, type KeyObject, type KeyPairKeyObjectResult } from 'node:crypto';
import { promisify } from 'node:util';
import {
  startSandboxServer,
  type SandboxAnswer,
  type SandboxOptions,
  type SandboxRequest,
  type SandboxServer,
} from './server.js';
import { AuthorizationCheck, encryptBody, signedAnswer, unsignedAnswer, type SigningKey } from './zhima-signing.js';
import { SandboxTokens, type SandboxWait } from './zhima-tokens.js';

const PATH = '/v3/zhima/customer/jobworth/authentication';
const REQUIRED = ['conn_key', 'once_token', 'query_type', 'identity_type', 'service_id'];

/** The vendor's own fault scenes. In those that end in a 200 the verdict was told, and the token is spent. */
export const ZHIMA_SCENES = [
  'signed-with-another-key',
  'signed-with-app-key',
  'unsigned',
  'null-signature',
  'changed-after-signing',
  'replayed',
  'about-somebody-else',
  'empty-object',
  'unknown-result',
  'accepted',
  'reset-after-consuming',
  'wrongly-signed-error',
  'non-json-error',
  'error-with-text-links',
  'error-with-details',
  'unknown-gateway-code',
  'system-error',
  'throttled',
  'too-many-requests',
  'merchant-intercept',
  'token-invalid',
  'not-authorized',
] as const;
export type ZhimaScene = (typeof ZHIMA_SCENES)[number];

export interface ZhimaSandboxOptions extends SandboxOptions {
  appId: string;
  /** The application's public key, PEM. */
  appPublicKey: string;
  serviceId: string;
  /** How long the people who confirm take to do so. Default: three seconds. */
  wait?: SandboxWait;
  /** Certificate mode: what the application must name, and the certificates that sign answers in turn. */
  certificates?: { appCertSn: string; rootCertSn: string; alipay: SigningKey[] };
  /** Base64 AES key: answers to requests that ask for encryption are encrypted with it. */
  encryptKey?: string;
  /** Only for the scene `signed-with-app-key`. */
  appPrivateKey?: KeyObject;
}

export interface ZhimaSandbox extends SandboxServer<ZhimaScene> {
  /** What the application must verify answers with, PEM; made anew in every process. */
  alipayPublicKey: string;
}

/** Finding primes is slow, so a process makes each pair once, when first needed, however many servers it starts. */
function keyPairOfThisRun(): () => Promise<KeyPairKeyObjectResult> {
  let made: Promise<KeyPairKeyObjectResult> | undefined;
  return () => (made ??= promisify(generateKeyPair)('rsa', { modulusLength: 2048 }));
}
export const alipayKeys = keyPairOfThisRun();
/** Whose signature nobody trusts; only some scenes sign with it. */
const strangerKeys = keyPairOfThisRun();

const TOKEN_INVALID = JSON.stringify({ code: 'TOKEN_INVALID', message: 'token失效' });

/**
 * Alipay's OpenAPI V3 gateway with the job record check behind it, written from the vendor's documents.
 * zhima-tokens.ts says which identity gets which outcome.
 */
export async function startZhimaSandbox(options: ZhimaSandboxOptions): Promise<ZhimaSandbox> {
  const { publicKey, privateKey } = await alipayKeys();
  const { certificates, serviceId, encryptKey } = options;
  const authorization = new AuthorizationCheck({
    appId: options.appId,
    appPublicKey: createPublicKey(options.appPublicKey),
    appCertSn: certificates?.appCertSn,
    rootCertSn: certificates?.rootCertSn,
  });
  const tokens = new SandboxTokens(options.wait ?? { ms: 3_000 });
  let signedSoFar = 0;
  const nextKey = (): SigningKey => {
    const keys = certificates?.alipay ?? [];
    return keys[signedSoFar++ % keys.length] ?? { privateKey };
  };

  const answer = async (request: SandboxRequest, scene: ZhimaScene | null): Promise<SandboxAnswer> => {
    const gatewayError = authorization.refuse(request);
    if (gatewayError !== null) return unsignedAnswer(400, errorBody(gatewayError));
    if (request.method !== 'GET' || request.path !== PATH) return unsignedAnswer(404, errorBody('invalid-path'));
    if (scene !== null) {
      const fault = await faultBeforeWork(scene);
      if (fault) return fault;
    }
    const missing = REQUIRED.find((name) => !request.query.get(name));
    if (missing !== undefined) return signedAnswer(400, errorBody('INVALID_PARAMETER', missing), nextKey());
    if (request.query.get('service_id') !== serviceId) return signedAnswer(400, errorBody('PARAM_ERROR'), nextKey());
    const told = tokens.ask(request.query, request.receivedAt, scene !== null);
    if ('refusal' in told) return signedAnswer(400, errorBody(told.refusal), nextKey());
    const plain = JSON.stringify(told.result);
    const encrypts = encryptKey !== undefined && request.headers['alipay-encrypt-type'] === 'AES';
    const body = encrypts ? encryptBody(plain, encryptKey) : plain;
    if (scene === null) return { ...signedAnswer(200, body, nextKey()), lost: told.lost };
    return faultAfterWork(scene, body, nextKey, options.appPrivateKey);
  };

  const server = await startSandboxServer<ZhimaScene>(answer, options);
  return Object.assign(server, { alipayPublicKey: publicKey.export({ type: 'spki', format: 'pem' }) as string });
}

/** Error bodies carry links as a list, details only for parameters; the scenes below show the other shapes. */
function errorBody(code: string, missing?: string): string {
  return JSON.stringify({
    code,
    message: `沙箱 ${code}`,
    links: [{ link: 'https://open.alipay.com/api/errCheck', desc: '解决方案' }],
    ...(missing === undefined ? {} : { details: [{ field: missing, value: '', location: 'query', issue: 'MISSING' }] }),
  });
}

/** Refusals and faults that leave the token as it is; null for the other scenes. */
async function faultBeforeWork(scene: ZhimaScene): Promise<SandboxAnswer | null> {
  switch (scene) {
    case 'wrongly-signed-error':
      return signedAnswer(400, TOKEN_INVALID, { privateKey: (await strangerKeys()).privateKey });
    case 'non-json-error':
      return unsignedAnswer(403, '<html>403 Forbidden</html>', 'text/html');
    case 'error-with-text-links':
      return unsignedAnswer(
        400,
        JSON.stringify({ code: 'PARAM_ERROR', message: '参数错误', links: 'https://x.test/' }),
      );
    case 'error-with-details':
      return unsignedAnswer(400, errorBody('INVALID_PARAMETER', 'once_token'));
    case 'unknown-gateway-code':
      return unsignedAnswer(403, errorBody('some-code-nobody-documented'));
    case 'system-error':
      return unsignedAnswer(500, errorBody('SYSTEM_ERROR'));
    case 'throttled':
      return unsignedAnswer(403, errorBody('app-call-limited'));
    case 'too-many-requests':
      return unsignedAnswer(429, '');
    case 'merchant-intercept':
      return unsignedAnswer(400, errorBody('MERCHANT_INTERCEPT'));
    case 'token-invalid': {
      // As the real gateway was seen to do it: unsigned, with the text "null" where a signature would stand.
      const answer = unsignedAnswer(400, TOKEN_INVALID);
      return { ...answer, headers: { ...answer.headers, 'alipay-signature': 'null' } };
    }
    case 'not-authorized':
      return unsignedAnswer(400, errorBody('USER_NOT_AUTHORIZE'));
    default:
      return null;
  }
}

async function faultAfterWork(
  scene: ZhimaScene,
  body: string,
  nextKey: () => SigningKey,
  appPrivateKey: KeyObject | undefined,
): Promise<SandboxAnswer> {
  switch (scene) {
    case 'signed-with-another-key':
      return signedAnswer(200, body, { ...nextKey(), privateKey: (await strangerKeys()).privateKey });
    case 'signed-with-app-key':
      return signedAnswer(200, body, {
        ...nextKey(),
        privateKey: appPrivateKey ?? (await strangerKeys()).privateKey,
      });
    case 'unsigned':
      return unsignedAnswer(200, body);
    case 'null-signature': {
      const answer = signedAnswer(200, body, nextKey());
      return { ...answer, headers: { ...answer.headers, 'alipay-signature': 'null' } };
    }
    case 'changed-after-signing': {
      const answer = signedAnswer(200, body, nextKey());
      return { ...answer, body: `${answer.body}\n` };
    }
    case 'replayed':
      return signedAnswer(200, body, nextKey(), Date.now() - 11 * 60 * 1000);
    case 'about-somebody-else':
      return signedAnswer(200, '{"identity_result":"SUCCESS","user_id":"2088999999999999"}', nextKey());
    case 'empty-object':
      return signedAnswer(200, '{}', nextKey());
    case 'unknown-result':
      return signedAnswer(200, '{"identity_result":"MAYBE"}', nextKey());
    case 'accepted':
      return signedAnswer(202, errorBody('SYSTEM_ERROR'), nextKey());
    default:
      return { ...signedAnswer(200, body, nextKey()), lost: true };
  }
}
