import { type HttpRequest } from '../transport/http.js';
import { withoutBlanks, type Params, type Signer } from './signature.js';
import { type CampusSettings } from './voucher.js';
import { BATCH_SEPARATOR, METHOD, type VoucherQuery } from './wire.js';

const GMT8_MS = 8 * 60 * 60 * 1000;

type Caller = Pick<CampusSettings, 'appKey' | 'signMethod' | 'session'>;

/** `yyyy-MM-dd HH:mm:ss` in GMT+8, whatever the zone of this machine; TOP lets it be ten minutes off. */
export function gatewayTimestamp(atMs: number): string {
  return new Date(atMs + GMT8_MS).toISOString().slice(0, 19).replace('T', ' ');
}

/** Name=value pairs as the vendor's Java SDK encodes them: URLSearchParams was compared with it. */
export function formEncode(params: Params): string {
  return new URLSearchParams(params).toString();
}

/** One call. All of it goes in the form body, which keeps the signature and the session out of the logs of URLs. */
export function singleRequest(query: VoucherQuery, caller: Caller, sign: Signer, sentAtMs: number): HttpRequest {
  const params = { ...commonParams(caller, sentAtMs), ...callParams(query) };
  return {
    method: 'POST',
    path: '/router/rest',
    headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
    body: formEncode({ ...params, sign: sign(params) }),
  };
}

/** Many calls: the protocol wants the common parameters in the query, and there the signature covers the raw body. */
export function batchRequest(
  queries: readonly VoucherQuery[],
  caller: Caller,
  sign: Signer,
  sentAtMs: number,
): HttpRequest {
  const params = commonParams(caller, sentAtMs);
  const body = queries.map((query) => formEncode(callParams(query))).join(BATCH_SEPARATOR);
  return {
    method: 'POST',
    path: `/router/batch?${formEncode({ ...params, sign: sign(params, body) })}`,
    headers: { 'content-type': 'text/plain;charset=UTF-8' },
    body,
  };
}

function callParams(query: VoucherQuery): Params {
  return { method: METHOD, param: JSON.stringify(query) };
}

function commonParams({ appKey, signMethod, session = '' }: Caller, sentAtMs: number): Params {
  return withoutBlanks({
    v: '2.0',
    // The platform answers in XML unless told otherwise.
    format: 'json',
    app_key: appKey,
    sign_method: signMethod,
    timestamp: gatewayTimestamp(sentAtMs),
    session,
  });
}
