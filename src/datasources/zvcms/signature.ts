import { hmac } from '../transport/hmac.js';

/** Whose names stand in the string to sign: V3's lower camel, or the Pascal case of V2's envelope. */
export type NameCase = 'camel' | 'pascal';

export interface TokenInput {
  openId: string;
  grantCode: string;
  /** Seconds since the epoch, ten digits. */
  timestamp: string;
  /** A positive integer. */
  nonce: string;
  nameCase: NameCase;
}

const LETTERS_AND_DIGITS = /^[A-Za-z0-9]+$/;

/** Whether a value reads the same raw and percent-encoded, so that it does not matter which of the two the vendor signs. */
export function isSignable(value: string): boolean {
  return LETTERS_AND_DIGITS.test(value);
}

/**
 * The four values that zvcms signs, in byte order of their names. Neither params nor the path are covered.
 * Throws a TypeError, which names no value, for input that the documents rule out.
 */
export function stringToSign({ openId, grantCode, timestamp, nonce, nameCase }: TokenInput): string {
  if (!isSignable(openId) || !isSignable(grantCode)) throw new TypeError('openId and grantCode are letters and digits');
  if (!/^\d{10}$/.test(timestamp)) throw new TypeError('The timestamp is in seconds and has ten digits');
  if (!/^[1-9]\d*$/.test(nonce)) throw new TypeError('The nonce is a positive integer');
  return nameCase === 'camel'
    ? `grantCode=${grantCode}&nonce=${nonce}&openId=${openId}&timestamp=${timestamp}`
    : `GrantCode=${grantCode}&Nonce=${nonce}&OpenId=${openId}&Timestamp=${timestamp}`;
}

/**
 * Gives the token of one request: percentEncode(base64(HMAC-SHA1(openKey, string to sign))). The percent-encoded text is what
 * stands inside the JSON body; the vendor answers 110004 to the bare base64.
 */
export function tokenSigner(openKey: string): (input: TokenInput) => string {
  const sign = hmac('sha1', openKey, 'base64');
  return (input) => encodeURIComponent(sign(stringToSign(input)));
}
