import { randomInt } from 'node:crypto';
import { type TokenInput } from './signature.js';
import { type ZvcmsSettings } from './settings.js';

const NONCE_END = 2 ** 31;

/** Counts up from a random place: no nonce repeats within the process, and few meet another process's. */
export class Nonces {
  private last = randomInt(1, NONCE_END);

  /** A positive integer of at most 31 bits, as text. */
  next(): string {
    this.last = (this.last % (NONCE_END - 1)) + 1;
    return String(this.last);
  }
}

/** What is sent where: V2 has one path and names the action in the body, V3 has a path for each. */
export interface ZvcmsQuery {
  /** The vendor's name of the API: what it counts calls by, and a metrics label. */
  api: string;
  version: 'v2' | 'v3';
  /** Sent as a JSON object; as a JSON string the vendor refuses it with 100002. */
  params: Record<string, string | number>;
}

export interface Credentials extends Pick<ZvcmsSettings, 'openId' | 'grantCode' | 'signCaseV2'> {
  sign: (input: TokenInput) => string;
}

/** The path and the body of one attempt, signed. `timestamp` (seconds) and `nonce` are text, as documented. */
export function encodeRequest(
  { openId, grantCode, sign, signCaseV2 }: Credentials,
  { api, version, params }: ZvcmsQuery,
  timestamp: string,
  nonce: string,
): { path: string; body: string } {
  const nameCase = version === 'v2' ? signCaseV2 : 'camel';
  const token = sign({ openId, grantCode, timestamp, nonce, nameCase });
  if (version === 'v3')
    return { path: `/v3/${api}`, body: JSON.stringify({ openId, grantCode, timestamp, nonce, token, params }) };
  return {
    path: '/api/v2',
    body: JSON.stringify({
      OpenId: openId,
      GrantCode: grantCode,
      Timestamp: timestamp,
      Nonce: nonce,
      Token: token,
      Action: api,
      Params: params,
    }),
  };
}
