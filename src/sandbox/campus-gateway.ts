import { createHash, createHmac, randomUUID } from 'node:crypto';
import { type SandboxAnswer } from './server.js';
import { type ServiceAnswer, type ServiceError } from './campus-people.js';

export const METHOD = 'alibaba.campus.bs.voucher.get';
const CLOCK_TOLERANCE_MS = 10 * 60 * 1000;

/** The app that the gateway knows, and how far its clock is from this machine's, in milliseconds. */
export interface GatewayApp {
  appKey: string;
  appSecret: string;
  clockOffsetMs: number;
}

/**
 * The signature as the vendor's document describes it, computed here from the words of the document and not from the
 * client's code: the sorted names, each followed by its value, then the body of a batch.
 */
function expectedSignature(params: Map<string, string>, rawBody: string, secret: string): string | null {
  const names = [...params.keys()].filter((name) => name !== 'sign' && name !== '' && params.get(name) !== '');
  names.sort((left, right) => (left < right ? -1 : 1));
  let text = '';
  for (const name of names) text += name + (params.get(name) ?? '');
  text += rawBody;
  switch (params.get('sign_method')) {
    case 'md5':
      return createHash('md5').update(`${secret}${text}${secret}`).digest('hex').toUpperCase();
    case 'hmac':
      return createHmac('md5', secret).update(text).digest('hex').toUpperCase();
    case 'hmac-sha256':
      return createHmac('sha256', secret).update(text).digest('hex').toUpperCase();
    default:
      return null;
  }
}

/** Checks the common parameters; the error that the gateway tells, or null. `rawBody` is empty but for a batch. */
export function checkCommon(params: Map<string, string>, rawBody: string, app: GatewayApp): ServiceError | null {
  const format = params.get('format');
  if (format !== undefined && !['json', 'xml'].includes(format)) return { code: 23, msg: 'Invalid format' };
  if (!params.get('sign')) return { code: 24, msg: 'Missing signature' };
  if (!params.get('app_key')) return { code: 28, msg: 'Missing app key' };
  if (params.get('app_key') !== app.appKey) {
    return { code: 29, msg: 'Invalid app Key', sub_code: 'isv.appkey-not-exists' };
  }
  const timestamp = params.get('timestamp');
  if (!timestamp) return { code: 30, msg: 'Missing timestamp' };
  if (!(Math.abs(readTimestamp(timestamp) - (Date.now() + app.clockOffsetMs)) <= CLOCK_TOLERANCE_MS)) {
    return { code: 31, msg: 'Invalid timestamp' };
  }
  if (!params.get('v')) return { code: 32, msg: 'Missing version' };
  if (params.get('v') !== '2.0') return { code: 33, msg: 'Invalid version' };
  if (params.get('sign') !== expectedSignature(params, rawBody, app.appSecret)) {
    return { code: 25, msg: 'Invalid signature' };
  }
  return null;
}

/** The text of `yyyy-MM-dd HH:mm:ss` in GMT+8; NaN for any other. */
function readTimestamp(text: string): number {
  return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text) ? Date.parse(`${text.replace(' ', 'T')}+08:00`) : NaN;
}

export function checkMethod(method: string | undefined): ServiceError | null {
  if (!method) return { code: 21, msg: 'Missing method' };
  return method === METHOD ? null : { code: 22, msg: 'Invalid method', sub_code: 'isv.invalid-method' };
}

/** One reply as the gateway writes it: JSON where it was asked for, or else XML. */
export function render(answer: ServiceAnswer, format: string | undefined): string {
  const requestId = randomUUID().replaceAll('-', '').slice(0, 12);
  const [name, members] =
    'error' in answer
      ? ['error_response', { ...answer.error, request_id: requestId }]
      : [`${METHOD.replaceAll('.', '_')}_response`, { ...answer.response, request_id: requestId }];
  if (format === 'json') return JSON.stringify({ [name]: members });
  return `<?xml version="1.0" encoding="utf-8" ?>${renderXml(name, members)}`;
}

function renderXml(name: string, value: unknown): string {
  const inner =
    typeof value === 'object' && value !== null
      ? Object.entries(value).map(([member, of]) => renderXml(member, of))
      : [String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;')];
  return `<${name}>${inner.join('')}</${name}>`;
}

/** The gateway answers its errors with status 200, and calls JSON JavaScript. */
export function written(body: string, format: string | undefined): SandboxAnswer {
  const type = format === 'json' ? 'text/javascript' : 'text/xml';
  return { status: 200, headers: { 'content-type': `${type};charset=UTF-8` }, body };
}
