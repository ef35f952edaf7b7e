import { createCipheriv, randomUUID, sign, verify, type KeyObject } from 'node:crypto';
import { type SandboxAnswer, type SandboxRequest } from './server.js';

const TEN_MINUTES_MS = 10 * 60 * 1000;
const HEADER = /^ALIPAY-SHA256withRSA (.+),sign=([A-Za-z0-9+/]+={0,2})$/;
const HEX_32 = /^[0-9a-f]{32}$/;

interface ExpectedCaller {
  appId: string;
  appPublicKey: KeyObject;
  /** Certificate mode: the serial numbers that the application must name. */
  appCertSn?: string | undefined;
  rootCertSn?: string | undefined;
}

/** Checks the Authorization header as the gateway does: over the raw request target, before anything is decoded. */
export class AuthorizationCheck {
  /** Nonces seen, with the time after which their timestamp is refused anyway. */
  private readonly nonces = new Map<string, number>();

  constructor(private readonly expected: ExpectedCaller) {}

  /** The gateway's error code, or null where the request may pass. */
  refuse({ method, target, headers, body, receivedAt }: SandboxRequest): string | null {
    const [, auth = '', signature = ''] = HEADER.exec(headers['authorization'] ?? '') ?? [];
    if (auth === '') return 'missing-authorization';
    const parts = new Map(
      auth.split(',').map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
    );
    if (parts.get('app_id') !== this.expected.appId) return 'invalid-app-id';
    if (parts.get('app_cert_sn') !== this.expected.appCertSn) return 'invalid-app-cert-sn';
    if (headers['alipay-root-cert-sn'] !== this.expected.rootCertSn) return 'invalid-root-cert-sn';
    if (!(Math.abs(Number(parts.get('timestamp')) - receivedAt) <= TEN_MINUTES_MS)) return 'invalid-timestamp';
    const merchant = headers['alipay-app-auth-token'];
    const lines = [auth, method, target, body, ...(merchant === undefined ? [] : [merchant]), ''];
    const text = Buffer.from(lines.join('\n'));
    if (!verify('RSA-SHA256', text, this.expected.appPublicKey, Buffer.from(signature, 'base64')))
      return 'invalid-signature';
    if (!HEX_32.test(headers['alipay-request-id'] ?? '')) return 'invalid-request-id';
    return this.refuseNonce(parts.get('nonce') ?? '', receivedAt);
  }

  private refuseNonce(nonce: string, now: number): string | null {
    for (const [seen, until] of this.nonces) {
      if (until > now) break;
      this.nonces.delete(seen);
    }
    if (nonce === '' || this.nonces.has(nonce)) return 'duplicate-nonce';
    this.nonces.set(nonce, now + 2 * TEN_MINUTES_MS);
    return null;
  }
}

/** A key that answers are signed with; `sn` only in certificate mode. */
export interface SigningKey {
  privateKey: KeyObject;
  sn?: string | undefined;
}

export function traceId(): string {
  return randomUUID().replaceAll('-', '');
}

export function unsignedAnswer(status: number, body: string, contentType = 'application/json'): SandboxAnswer {
  return { status, body, headers: { 'content-type': `${contentType};charset=UTF-8`, 'alipay-trace-id': traceId() } };
}

/** Signs an answer as of `timestampMs`. */
export function signedAnswer(status: number, body: string, key: SigningKey, timestampMs = Date.now()): SandboxAnswer {
  const nonce = traceId();
  const signature = sign('RSA-SHA256', Buffer.from(`${timestampMs}\n${nonce}\n${body}\n`), key.privateKey);
  const answer = unsignedAnswer(status, body);
  Object.assign(answer.headers, {
    'alipay-timestamp': String(timestampMs),
    'alipay-nonce': nonce,
    'alipay-signature': signature.toString('base64'),
  });
  if (key.sn !== undefined) answer.headers['alipay-sn'] = key.sn;
  return answer;
}

/** AES-CBC with a zero IV, as the gateway encrypts; `keyBase64` is how its console shows the key. */
export function encryptBody(body: string, keyBase64: string): string {
  const key = Buffer.from(keyBase64, 'base64');
  const cipher = createCipheriv(`aes-${key.length * 8}-cbc`, key, Buffer.alloc(16));
  return Buffer.concat([cipher.update(body, 'utf8'), cipher.final()]).toString('base64');
}
