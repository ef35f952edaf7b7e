import { protocolError } from './envelope.js';
import { type ZvcmsQuery } from './request.js';
import { isObject } from '../transport/exact-json.js';
import { decodeFlag } from './wire.js';

/**
 * The code as it is asked for, or null where it cannot be one: letters and digits, 1 to 64 of them, after trimming. The
 * documents' sample has 21 digits (so it is never a number); universal codes are chosen by people and may have letters.
 */
export function normaliseExchangeCode(text: string): string | null {
  const code = text.trim();
  return /^[A-Za-z0-9]{1,64}$/.test(code) ? code : null;
}

export function exchangeCodeQuery(exchangeCode: string): ZvcmsQuery {
  return { api: 'coupon/exchange/getExchangeCodeStatus', version: 'v3', params: { exchangeCode } };
}

/**
 * True: exists and can be redeemed, or a universal code. False: does not exist or is redeemed. Data without a readable
 * status is a protocol error and never "false": that would tell a customer that a good code is worthless.
 */
export function decodeExchangeCode(data: unknown): boolean {
  const redeemable = isObject(data) ? decodeFlag(data['status']) : null;
  if (typeof redeemable !== 'boolean') throw protocolError('answered without the status of the exchange code');
  return redeemable;
}
