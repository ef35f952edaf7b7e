import { createHash, createHmac, createSecretKey } from 'node:crypto';

/** `sign_method` of the Taobao Open Platform; `hmac` is HMAC-MD5. */
export type SignMethod = 'md5' | 'hmac' | 'hmac-sha256';

export type Params = Readonly<Record<string, string>>;

/** Signs the parameters of one request (without `sign`) and, for a batch, its raw body. Returns upper-case hex. */
export type Signer = (params: Params, body?: string) => string;

/**
 * Parameters that may go on the wire. The vendor's SDKs disagree on whether a blank value is signed, so one that is sent
 * is answered with "invalid signature" (25) by some gateways: a blank is neither signed nor sent.
 */
export function withoutBlanks(params: Params): Params {
  return Object.fromEntries(Object.entries(params).filter(([name, value]) => name.trim() && value.trim()));
}

/**
 * The signature of TOP (open.taobao.com, document 101617): names and values joined raw in byte order of the names, then
 * the batch's body. The secret is prepared once, since a KeyObject saves the key schedule's set-up on each call.
 */
export function createSigner(method: SignMethod, secret: string): Signer {
  const digest = createDigest(method, secret);
  return (params, body = '') => digest(textToSign(params) + body);
}

function textToSign(params: Params): string {
  return (
    Object.entries(withoutBlanks(params))
      .filter(([name]) => name !== 'sign')
      // Byte order, since the names are ASCII; a locale would put them otherwise.
      .sort(([a], [b]) => compareBytes(a, b))
      .map(([name, value]) => name + value)
      .join('')
  );
}

const NOT_ASCII = /[^\0-\x7f]/;

/** Never a locale's order. What is all ASCII, as the names of this API are, need not be encoded to be compared. */
function compareBytes(a: string, b: string): number {
  if (NOT_ASCII.test(a) || NOT_ASCII.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}

function createDigest(method: SignMethod, secret: string): (text: string) => string {
  if (method === 'md5') {
    return (text) => hex(createHash('md5').update(secret, 'utf8').update(text, 'utf8').update(secret, 'utf8'));
  }
  const algorithm = method === 'hmac' ? 'md5' : 'sha256';
  const key = createSecretKey(secret, 'utf8');
  return (text) => hex(createHmac(algorithm, key).update(text, 'utf8'));
}

function hex(hash: { digest(encoding: 'hex'): string }): string {
  return hash.digest('hex').toUpperCase();
}
