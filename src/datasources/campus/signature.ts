import { createHash } from 'node:crypto';
import { hmac } from '../transport/hmac.js';

/** `sign_method` of the Taobao Open Platform; `hmac` is HMAC-MD5. */
export type SignMethod = 'md5' | 'hmac' | 'hmac-sha256';

export type Params = Readonly<Record<string, string>>;

/** Signs the parameters of one request (without `sign`) and, for a batch, its raw body. Returns upper-case hex. */
export type Signer = (params: Params, body?: string) => string;

/** What some of the vendor's SDKs sign and others do not; see request.ts. */
const isBlank = (name: string, value: string) => name.trim() === '' || value.trim() === '';

/**
 * The signature of TOP (open.taobao.com, document 101617): names and values joined raw in byte order of the names, then
 * the batch's body. The secret is prepared once, since a KeyObject saves the key schedule's set-up on each call.
 */
export function createSigner(method: SignMethod, secret: string): Signer {
  const digest = createDigest(method, secret);
  return (params, body = '') => digest(textToSign(params) + body);
}

function textToSign(params: Params): string {
  let text = '';
  for (const name of sortedByBytes(Object.keys(params))) {
    const value = params[name] ?? '';
    if (name !== 'sign' && !isBlank(name, value)) text += name + value;
  }
  return text;
}

const NOT_ASCII = /[^\0-\x7f]/;

/** Never a locale's order. Of what is all ASCII, as the names of this API are, the order of code units is the same. */
function sortedByBytes(names: string[]): string[] {
  if (!names.some((name) => NOT_ASCII.test(name))) return names.sort();
  return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function createDigest(method: SignMethod, secret: string): (text: string) => string {
  if (method === 'md5') {
    return (text) =>
      createHash('md5')
        .update(secret + text + secret, 'utf8')
        .digest('hex')
        .toUpperCase();
  }
  const sign = hmac(method === 'hmac' ? 'md5' : 'sha256', secret, 'hex');
  return (text) => sign(text).toUpperCase();
}
