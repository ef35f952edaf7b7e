import { z } from 'zod';
import { VendorError, type VendorErrorKind } from '../transport/errors.js';
import { isRefusalCode } from './refusals.js';

export const ZHIMA = 'zhima';
export const AUTHENTICATION_PATH = '/v3/zhima/customer/jobworth/authentication';

export type IdentityQueryType = 'EXACT' | 'FUZZY';
/** The vendor's digits: 0 id card, 1 passport, 2 home-return permit, 3 HK/Macao travel permit, 4 Taiwan travel permit, 5 HK/Macao document. */
export type CertType = '0' | '1' | '2' | '3' | '4' | '5';

/** Who the check is about: any one is enough; where there are several, the first of this order is sent. */
export interface ZhimaSubject {
  userId?: string | undefined;
  openId?: string | undefined;
  certNo?: string | undefined;
  certType?: CertType | undefined;
}

export interface ZhimaRequest {
  connKey: string;
  onceToken: string;
  queryType: IdentityQueryType;
  /** Opaque: the vendor's codes changed their meaning between versions. */
  identityType: string;
  subject: ZhimaSubject;
}

export interface ZhimaAnswer {
  verdict: 'WAITING' | 'TRUSTED' | 'NOT_TRUSTED';
  resultPageUrl: string | null;
  merchantIdentityId: string | null;
  userId: string | null;
  openId: string | null;
}

/** The ids by which the vendor says whom an answer is about; null or absent where it does not say. */
export interface ZhimaIdentity {
  userId?: string | null | undefined;
  openId?: string | null | undefined;
  merchantIdentityId?: string | null | undefined;
}

/** True where both name somebody, and not the same one. The signature does not bind an answer to a request: this does. */
export function areDifferentPeople(one: ZhimaIdentity, other: ZhimaIdentity): boolean {
  return (
    differ(one.userId, other.userId) ||
    differ(one.openId, other.openId) ||
    (schemeOf(one.merchantIdentityId) === schemeOf(other.merchantIdentityId) &&
      differ(one.merchantIdentityId, other.merchantIdentityId))
  );
}

function differ(one: string | null | undefined, other: string | null | undefined): boolean {
  return one != null && other != null && one !== other;
}

/** The `V1` of `V1_…`: a pseudonym made in another way says nothing about the person behind this one. */
function schemeOf(merchantIdentityId: string | null | undefined): string | undefined {
  return merchantIdentityId?.split('_', 1)[0];
}

/** Everything but the unreserved characters of RFC 3986: a `'` left as it is would be rewritten by URL clients after signing. */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The path and query of a request. They hold the token and perhaps a certificate number: never log it. */
export function requestPath({ connKey, onceToken, queryType, identityType, subject }: ZhimaRequest, serviceId: string) {
  const query: [string, string][] = [
    ['conn_key', connKey],
    ['once_token', onceToken],
    ['query_type', queryType === 'EXACT' ? 'exact' : 'dim'],
    ['identity_type', identityType],
    ['service_id', serviceId],
  ];
  // The ids first: a certificate number would stand in the URL in clear.
  if (subject.userId !== undefined) query.push(['user_id', subject.userId]);
  else if (subject.openId !== undefined) query.push(['open_id', subject.openId]);
  else if (subject.certNo !== undefined)
    query.push(['cert_no', subject.certNo], ['cert_type', subject.certType ?? '0']);
  return `${AUTHENTICATION_PATH}?${query.map(([name, value]) => `${name}=${encodeStrictly(value)}`).join('&')}`;
}

const text = z.string().nullish();
const ANSWER = z.looseObject({
  identity_result: text,
  identity_result_skip_url: text,
  merchant_identity_id: text,
  user_id: text,
  open_id: text,
});

const VERDICTS: Record<string, ZhimaAnswer['verdict']> = {
  SUCCESS: 'TRUSTED',
  FAILED: 'NOT_TRUSTED',
  WAITING_VERIFY: 'WAITING',
};

/** Decodes the body of a verified 200. Null where it is not an answer that the documents know, e.g. `{}`. */
export function decodeAnswer(body: string): ZhimaAnswer | null {
  const { success, data } = ANSWER.safeParse(parseJson(body));
  const result = success ? (data.identity_result ?? '') : '';
  if (!success || !Object.hasOwn(VERDICTS, result)) return null;
  return {
    verdict: VERDICTS[result] ?? 'WAITING',
    resultPageUrl: data.identity_result_skip_url || null,
    merchantIdentityId: data.merchant_identity_id || null,
    userId: data.user_id || null,
    openId: data.open_id || null,
  };
}

/** What an operator is to look at, by the gateway's code. */
function adviceFor(code: string): string {
  if (code.includes('signature'))
    return 'refused the signature: check ZHIMA_PRIVATE_KEY, whose other half Alipay must have';
  if (code.includes('cert')) return 'refused the certificate: check ZHIMA_APP_CERT and ZHIMA_ALIPAY_ROOT_CERT';
  if (code.includes('timestamp')) return "refused the time: check this machine's clock, or ZHIMA_CLOCK_OFFSET_MS";
  if (code.includes('app-id')) return 'does not know the application: check ZHIMA_APP_ID';
  return 'does not accept how this application calls it: check ZHIMA_APP_ID and its permissions by the code';
}

/** Only the code is read. `links` may be a list or a text, `details` absent, and the whole not JSON at all. */
const ERROR_BODY = z.looseObject({ code: z.string().regex(/^[\w.-]{1,64}$/) });

/** The caller's mistakes: nothing that the person or the operator of this deployment can mend by trying again. */
const CALLER_CODES = new Set(['INVALID_PARAMETER', 'PARAM_ERROR']);

/**
 * What a status that is not 200 means, by the vendor's tables. `maybeSent` is false where the vendor said what it
 * refused before doing its work; in all other cases the token may be spent.
 */
export function decodeRefusal(status: number, body: string, requestId: string | undefined): VendorError {
  const parsed = ERROR_BODY.safeParse(parseJson(body));
  const vendorCode = parsed.success ? parsed.data.code : undefined;
  const refusal = (kind: VendorErrorKind, what: string, maybeSent: boolean) =>
    new VendorError({ vendor: ZHIMA, kind, message: `zhima ${what}`, vendorCode, requestId, maybeSent });

  if (isRefusalCode(vendorCode)) return refusal('rejected', 'refused the check', false);
  if (vendorCode !== undefined && CALLER_CODES.has(vendorCode))
    return refusal('rejected', 'did not accept the parameters', false);
  if (vendorCode === 'MERCHANT_INTERCEPT')
    return refusal('misconfigured', 'does not serve this merchant: check ZHIMA_SERVICE_ID and the contract', false);
  if (status === 429 || vendorCode?.endsWith('-call-limited'))
    return refusal('throttled', 'is asked more often than it allows', false);
  // A fault in the midst of the vendor's work, or 202 "accepted": nobody knows how far it got with the token.
  if (status < 400 || status >= 500 || vendorCode === 'SYSTEM_ERROR')
    return refusal('unavailable', 'failed to answer', true);
  if (vendorCode === undefined) return refusal('protocol', 'refused in a form that it does not document', true);
  // The gateway's own codes are in kebab-case, an open list: signature, application, permission, clock.
  if (vendorCode.includes('-')) return refusal('misconfigured', adviceFor(vendorCode), false);
  return refusal('rejected', 'refused the request', false);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
