import { VendorError } from '../transport/errors.js';
import { isObject, numberText, parseExactly } from '../transport/exact-json.js';

import { campusError, fromGatewayError, refusesBatches, type GatewayError } from './errors.js';
import { type CampusActivity, type CampusSettings, type VoucherRequest } from './voucher.js';

export const METHOD = 'alibaba.campus.bs.voucher.get';
/** Between the parts of a batch, and between the pieces of its answer. */
export const BATCH_SEPARATOR = '\r\n-S-\r\n';

/** The one business parameter `param`, in the order of the vendor's document; members without a value are left out. */
export interface VoucherQuery {
  voucher_type: string;
  is_generate_pic: boolean;
  mobile: string;
  user_name: string;
  idno?: string;
  sponsor_code: string;
  activity_code: string;
  qr_code_type_enum: string;
  access_key: string;
  mozi_id?: string;
  /** Seconds that a dynamic code lives. */
  valid_time?: number;
  email?: string;
}

/** `content` of a good answer; what was left out or came empty is null. */
export interface VoucherContent {
  qrCode: string | null;
  qrCodeUrl: string | null;
  faceUrl: string | null;
}

/** What one call came to. In a batch each call fails or succeeds by itself. */
export type Reply<T> = T | VendorError;

/** Tells of something that the vendor's document does not know. */
export type TellAnomaly = (name: string) => void;

export function voucherQuery(
  request: VoucherRequest,
  activity: CampusActivity,
  { faceValue, staticValue }: Pick<CampusSettings, 'faceValue' | 'staticValue'>,
): VoucherQuery {
  const dynamic = request.voucherType === 'QR_CODE' && request.qrCodeType === 'DYNAMIC';
  return {
    voucher_type: request.voucherType === 'FACE' ? faceValue : 'QR_CODE',
    is_generate_pic: request.withPicture,
    mobile: request.mobile,
    user_name: request.userName,
    ...given('idno', request.idNumber),
    sponsor_code: activity.sponsorCode,
    activity_code: activity.activityCode,
    qr_code_type_enum: request.qrCodeType === 'STATIC' ? staticValue : 'DYNAMIC',
    access_key: activity.accessKey,
    ...given('mozi_id', request.moziId),
    ...(dynamic && request.validSeconds !== undefined ? { valid_time: request.validSeconds } : {}),
    ...given('email', request.email),
  };
}

function given<Name extends string>(name: Name, value: string | undefined): Partial<Record<Name, string>> {
  const member: Partial<Record<Name, string>> = {};
  if (value?.trim()) member[name] = value;
  return member;
}

/** Throws a VendorError for a failure and for what is no answer. */
function decodeVoucher(text: string, tellAnomaly: TellAnomaly): VoucherContent {
  const answer = decodeObject(text);
  const failure = gatewayError(answer);
  if (failure) throw fromGatewayError(failure);
  const response = asObject(answer[`${METHOD.replaceAll('.', '_')}_response`]);
  if (!response) throw malformed('answered without a response');
  const result = asText(response.result) ?? (asText(response.result_code) === '200' ? 'true' : undefined);
  if (result === 'false') {
    throw campusError('rejected', 'said no to the voucher', {
      vendorCode: asText(response.result_code),
      requestId: asText(response.request_id),
    });
  }
  if (result !== 'true') throw malformed('answered without a result');
  const content = asObject(response.content) ?? {};
  return {
    qrCode: asText(content.qr_code) ?? null,
    qrCodeUrl: decodeUrl(content.qr_code_http_url, tellAnomaly),
    faceUrl: decodeUrl(content.face_http_url, tellAnomaly),
  };
}

/** The replies of one HTTP answer, one to each call in the order of the calls. */
export interface Decoded {
  replies: Reply<VoucherContent>[];
  /** Whether the error of a whole batch may mean that this API is not to be batched. */
  batchRefused: boolean;
}

export function decodeSingle(text: string, tellAnomaly: TellAnomaly): Decoded {
  return { replies: [replyOf(() => decodeVoucher(text, tellAnomaly))], batchRefused: false };
}

/**
 * Decodes the answer to a batch of `size` calls, at least two. The order of the pieces is all that the protocol has to match
 * them by, so another number of pieces fails every call: with the error of the whole batch, where piece 0 is one.
 */
export function decodeBatch(text: string, size: number, tellAnomaly: TellAnomaly): Decoded {
  const pieces = text.split(BATCH_SEPARATOR);
  if (pieces.length === size) {
    return { replies: pieces.map((piece) => replyOf(() => decodeVoucher(piece, tellAnomaly))), batchRefused: false };
  }
  const whole = gatewayError(decodeObject(pieces[0] ?? ''));
  if (!whole) throw campusError('protocol', 'answered a batch with another number of pieces');
  return { replies: Array<VendorError>(size).fill(fromGatewayError(whole)), batchRefused: refusesBatches(whole) };
}

function replyOf<T>(decode: () => T): Reply<T> {
  try {
    return decode();
  } catch (error) {
    if (error instanceof VendorError) return error;
    throw error;
  }
}

/** The `error_response` of an answer to one call, undefined where it has none. @throws VendorError */
export function decodeGatewayError(text: string): GatewayError | undefined {
  return gatewayError(decodeObject(text));
}

function gatewayError(answer: Record<string, unknown>): GatewayError | undefined {
  const error = asObject(answer.error_response);
  if (!error) return undefined;
  const subCode = asText(error.sub_code);
  const code = Number(asText(error.code));
  if (subCode === undefined && Number.isNaN(code)) throw malformed('answered with an error without a code');
  return { code, subCode, subMessage: asText(error.sub_msg), requestId: asText(error.request_id) };
}

function decodeObject(text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = parseExactly(escapeControls(text));
  } catch {
    // Without the parser's error as cause: it quotes the vendor's text.
    throw malformed('did not answer in JSON');
  }
  const answer = asObject(parsed);
  if (!answer) throw malformed('did not answer with an object');
  return answer;
}

const CONTROLS = /[\u0000-\u001f\ufeff]/;

/** Raw control characters have been seen inside the vendor's JSON texts, where a strict parser refuses them. */
function escapeControls(text: string): string {
  if (!CONTROLS.test(text)) return text;
  let inText = false;
  // A run of them at once: an answer full of single ones would hold up everybody else.
  return text.replace(/\\[^]|"|[\u0000-\u001f\ufeff]+/g, (found) => {
    if (found === '"') inText = !inText;
    if (found === '"' || found.startsWith('\\')) return found;
    return inText ? JSON.stringify(found).slice(1, -1) : ' ';
  });
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return isObject(value) ? value : undefined;
}

/** Texts, numbers and booleans as text, since the vendor's types vary; blank counts as missing. */
function asText(value: unknown): string | undefined {
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return value.trim() ? value : undefined;
  return numberText(value);
}

function decodeUrl(value: unknown, tellAnomaly: TellAnomaly): string | null {
  const text = asText(value);
  if (text === undefined) return null;
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return text;
  // One unreadable picture must not cost the person the code.
  tellAnomaly('picture-address');
  return null;
}

function malformed(what: string): VendorError {
  return campusError('protocol', what);
}
