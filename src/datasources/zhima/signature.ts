import { sign, verify, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

/** What one request signs besides its method, target and body. */
export interface Authorization {
  appId: string;
  /** Only in certificate mode. */
  appCertSn?: string | undefined;
  nonce: string;
  /** Milliseconds since the epoch by the vendor's clock; more than ten minutes off is refused. */
  timestampMs: number;
}

interface SignableRequest {
  method: string;
  /** Path and query to the byte as they will stand on the request line. */
  target: string;
  body: string;
  appAuthToken?: string | undefined;
}

const SCHEME = 'ALIPAY-SHA256withRSA';

const signInThreadPool = promisify(
  (text: Buffer, key: KeyObject, done: (error: Error | null, signature: Buffer) => void): void =>
    sign('RSA-SHA256', text, key, done),
);

/** The unsigned part of the Authorization header, which is itself the first line of the signed text. */
export function authString({ appId, appCertSn, nonce, timestampMs }: Authorization): string {
  const certificate = appCertSn === undefined ? '' : `,app_cert_sn=${appCertSn}`;
  return `app_id=${appId}${certificate},nonce=${nonce},timestamp=${timestampMs}`;
}

/** The text that a V3 request signs. Its last line is there only when acting for a merchant. */
export function stringToSign(auth: string, { method, target, body, appAuthToken }: SignableRequest): string {
  const merchant = appAuthToken === undefined ? '' : `${appAuthToken}\n`;
  return `${auth}\n${method}\n${target}\n${body}\n${merchant}`;
}

/** The Authorization header: RSASSA-PKCS1-v1_5 with SHA-256, made in the thread pool. `key` is a loaded key, since parsing PEM costs more than signing. */
export async function signRequest(
  request: SignableRequest,
  authorization: Authorization,
  key: KeyObject,
): Promise<string> {
  const auth = authString(authorization);
  const signature = await signInThreadPool(Buffer.from(stringToSign(auth, request)), key);
  return `${SCHEME} ${auth},sign=${signature.toString('base64')}`;
}

/** The parts of an answer that its signature covers; `body` is the bytes as they arrived, encrypted where encryption is on. */
interface SignedAnswer {
  timestamp: string;
  nonce: string;
  body: Buffer;
  /** Base64; text that is not base64 verifies as false. */
  signature: string;
}

/** True where the answer was signed with the private half of `alipayKey`. It says nothing about when, nor for which request. */
export function verifyAnswer({ timestamp, nonce, body, signature }: SignedAnswer, alipayKey: KeyObject): boolean {
  const text = Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), body, Buffer.from('\n')]);
  return verify('RSA-SHA256', text, alipayKey, Buffer.from(signature, 'base64'));
}
