import { type HttpRequest } from '../transport/http.js';
import { type Params, type Signer } from './signature.js';
import { type CampusSettings } from './voucher.js';
import { BATCH_SEPARATOR, METHOD, type VoucherQuery } from './wire.js';

const GMT8_MS = 8 * 60 * 60 * 1000;

type Caller = Pick<CampusSettings, 'appKey' | 'signMethod' | 'session'>;

/** `yyyy-MM-dd HH:mm:ss` in GMT+8, whatever the zone of this machine; TOP lets it be ten minutes off. */
export function gatewayTimestamp(atMs: number): string {
  return new Date(atMs + GMT8_MS).toISOString().slice(0, 19).replace('T', ' ');
}

const SURROGATES = /[\ud800-\udfff]/;
/** What encodeURIComponent leaves as it is, or writes otherwise than a form does. */
const NOT_AS_IN_FORMS = /[!'()~]|%20/g;
const AS_IN_FORMS: Readonly<Record<string, string>> = {
  '!': '%21',
  "'": '%27',
  '(': '%28',
  ')': '%29',
  '~': '%7E',
  '%20': '+',
};

/**
 * Name=value pairs as URLSearchParams writes them, and so does the vendor's Java SDK, which it was compared with; several
 * times faster, and this is most of the work of a call.
 */
export function formEncode(params: Params): string {
  let text = '';
  for (const [name, value] of Object.entries(params)) {
    text += `${text === '' ? '' : '&'}${encode(name)}=${encode(value)}`;
  }
  return text;
}

function encode(text: string): string {
  // Half a pair would make the faster function throw.
  if (SURROGATES.test(text)) return new URLSearchParams([['', text]]).toString().slice(1);
  return encodeURIComponent(text).replace(NOT_AS_IN_FORMS, (found) => AS_IN_FORMS[found] ?? found);
}

/**
 * One call. All of it goes in the form body, which keeps the signature and the session out of the logs of URLs. Without a
 * query it lacks the parameter that the API cannot do without.
 */
export function singleRequest(
  query: VoucherQuery | undefined,
  caller: Caller,
  sign: Signer,
  sentAtMs: number,
): HttpRequest {
  const params = { ...commonParams(caller, sentAtMs), ...(query ? callParams(query) : { method: METHOD }) };
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

/**
 * A session that is blank is neither signed nor sent: the vendor's SDKs disagree on whether a blank value is signed, so that
 * some gateways answer one with "invalid signature" (25).
 */
function commonParams({ appKey, signMethod, session }: Caller, sentAtMs: number): Params {
  const params = {
    v: '2.0',
    // The platform answers in XML unless told otherwise.
    format: 'json',
    app_key: appKey,
    sign_method: signMethod,
    timestamp: gatewayTimestamp(sentAtMs),
  };
  return session?.trim() ? { ...params, session } : params;
}
