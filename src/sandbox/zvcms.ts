/*
 * The vendor's side of zvcms, written from its documents: "V3 getExchangeCodeStatus" and "V2 user.my-cards" with its V3
 * twin "getCustomerGiftCardList" of the open platform, the platform's pages on signing and envelopes, and what public
 * clients show of production.
 *
 * Checks: method, path, Action, content type, the names and types of the envelope (text only), the shape of params, the
 * account, the token, and how old the timestamp is.
 * Does not model: used nonces (whether the vendor refuses them is unknown), the limit of ten calls a second (`requests`
 * tell what came when), and which code a stale timestamp gets (110004 here). That V2 signs lower-camel names is inferred.
 */
import { createHmac } from 'node:crypto';
import {
  startSandboxServer,
  type SandboxAnswer,
  type SandboxOptions,
  type SandboxRequest,
  type SandboxServer,
} from './server.js';
import { cardsOf, Digits, ZVCMS_CODES, type AnswerValue } from './zvcms-data.js';

export { ZVCMS_CODES, ZVCMS_USERS } from './zvcms-data.js';

export const ZVCMS_SCENES = [
  'wrong-token',
  'wrong-parameters',
  'business-error',
  'system-error',
  'false-with-code-0',
  'data-missing',
  'data-null',
  'data-empty-list',
  'data-with-odd-status',
  'odd-status',
  'odd-code',
  'status-missing',
  'numbers-in-envelope',
  'good-answer-with-http-500',
  'business-error-with-http-400',
  'system-error-with-http-502',
  'text-with-http-500',
  'foreign-json-with-http-503',
  'text-with-http-404',
  'text-with-http-200',
] as const;
export type ZvcmsScene = (typeof ZVCMS_SCENES)[number];

export interface ZvcmsSandboxOptions extends SandboxOptions {
  openId: string;
  grantCode: string;
  openKey: string;
  /** `documented`: every scalar is text. `production`: booleans, numbers (ids of 18 digits too) and a traceId. */
  style?: 'documented' | 'production';
  /** The names that V2 signs. */
  signCaseV2?: 'camel' | 'pascal';
  /** How far the timestamp may be off, either way; the vendor's own figure is unknown. */
  timestampWindowSeconds?: number;
}

const GIFT_CARDS_V3 = '/v3/crm/giftCard/getCustomerGiftCardList';
const EXCHANGE_CODE = '/v3/coupon/exchange/getExchangeCodeStatus';
const WRONG_PARAMETERS = '100002';
const WRONG_TOKEN = '110004';
const V3_NAMES = { openId: 'openId', grantCode: 'grantCode', timestamp: 'timestamp', nonce: 'nonce' };
const V2_NAMES = { openId: 'OpenId', grantCode: 'GrantCode', timestamp: 'Timestamp', nonce: 'Nonce' };

/** What an answer says, before it is spelt in one of the styles. */
interface Said {
  status: AnswerValue;
  code: AnswerValue;
  data?: AnswerValue;
}

const success = (data: AnswerValue): Said => ({ status: true, code: new Digits('0'), data });
const refusal = (code: string): Said => ({ status: true, code: new Digits(code), data: [] });
const failure = (code: string): Said => ({ status: false, code: new Digits(code), data: [] });

/** A local zvcms on loopback. */
export function startZvcmsSandbox(options: ZvcmsSandboxOptions): Promise<SandboxServer<ZvcmsScene>> {
  const native = options.style === 'production';
  let answers = 0;

  const spell = (said: Said, httpStatus = 200): SandboxAnswer => {
    answers += 1;
    const envelope = {
      ...said,
      message: said.status === true && spelt(said.code, false) === '"0"' ? 'success' : 'fail',
      ...(native && { traceId: `sandbox.${answers}` }),
    };
    return json(httpStatus, spelt(envelope, native));
  };

  return startSandboxServer<ZvcmsScene>((request, scene) => {
    const said = check(request, options);
    if (said === null) return { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>404</html>' };
    // A request that fails the checks is refused whatever plays.
    return scene !== null && said.status === true ? playScene(scene, said, spell) : spell(said);
  }, options);
}

function playScene(
  scene: ZvcmsScene,
  good: Said,
  spell: (said: Said, httpStatus?: number) => SandboxAnswer,
): SandboxAnswer {
  const { status, code } = good;
  switch (scene) {
    case 'wrong-token':
      return spell(failure(WRONG_TOKEN));
    case 'wrong-parameters':
      return spell(failure(WRONG_PARAMETERS));
    case 'business-error':
      return spell(refusal('200123'));
    case 'system-error':
      return spell(failure('500001'));
    case 'false-with-code-0':
      return spell({ ...good, status: false });
    case 'data-missing':
      return spell({ status, code });
    case 'data-null':
      return spell({ ...good, data: null });
    case 'data-empty-list':
      return spell({ ...good, data: [] });
    case 'data-with-odd-status':
      return spell({ ...good, data: { status: 'perhaps' } });
    case 'odd-status':
      return spell({ ...good, status: 'success' });
    case 'odd-code':
      return spell({ ...good, code: 'E1' });
    case 'status-missing':
      return json(200, '{"code":0,"data":{"status":"true"}}');
    case 'numbers-in-envelope':
      return json(200, `{"status":1,"code":0,"data":${spelt(good.data ?? null, true)}}`);
    case 'good-answer-with-http-500':
      return spell(good, 500);
    case 'business-error-with-http-400':
      return spell(refusal('200123'), 400);
    case 'system-error-with-http-502':
      return spell(failure('500001'), 502);
    case 'text-with-http-500':
      return { status: 500, headers: { 'content-type': 'application/json' }, body: 'Fatal error' };
    case 'foreign-json-with-http-503':
      return json(503, '{"status":503,"message":"no upstream"}');
    case 'text-with-http-404':
      return { status: 404, headers: { 'content-type': 'text/plain' }, body: 'not here' };
    case 'text-with-http-200':
      return { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>maintenance</html>' };
  }
}

/** What the vendor has to say to a request; null where it has nothing at that path. */
function check(request: SandboxRequest, options: ZvcmsSandboxOptions): Said | null {
  const v2 = request.path === '/api/v2';
  if (request.method !== 'POST' || !(v2 || [GIFT_CARDS_V3, EXCHANGE_CODE].includes(request.path))) return null;
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) return failure(WRONG_PARAMETERS);
  const body = objectIn(request.body);
  const expected = v2
    ? ['Action', 'GrantCode', 'Nonce', 'OpenId', 'Params', 'Timestamp', 'Token']
    : ['grantCode', 'nonce', 'openId', 'params', 'timestamp', 'token'];
  if (!body || Object.keys(body).sort().join() !== expected.join()) return failure(WRONG_PARAMETERS);

  const names = v2 ? V2_NAMES : V3_NAMES;
  const [openId, grantCode, timestamp, nonce] = [names.openId, names.grantCode, names.timestamp, names.nonce].map(
    (name) => body[name],
  );
  if (typeof timestamp !== 'string' || !/^\d{10}$/.test(timestamp)) return failure(WRONG_PARAMETERS);
  if (typeof nonce !== 'string' || !/^[1-9]\d*$/.test(nonce)) return failure(WRONG_PARAMETERS);
  const ageSeconds = Math.abs(request.receivedAt / 1000 - Number(timestamp));
  const accepted =
    openId === options.openId &&
    grantCode === options.grantCode &&
    ageSeconds <= (options.timestampWindowSeconds ?? 600) &&
    body[v2 ? 'Token' : 'token'] === token(options, timestamp, nonce, v2);
  if (!accepted) return failure(WRONG_TOKEN);

  const params = body[v2 ? 'Params' : 'params'];
  // A JSON string that holds the object is what many clients send first; the vendor refuses it.
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return failure(WRONG_PARAMETERS);
  if (v2 && body['Action'] !== 'user.my-cards') return failure(WRONG_PARAMETERS);
  return request.path === EXCHANGE_CODE
    ? answerExchangeCode(params as Record<string, unknown>)
    : answerGiftCards(params as Record<string, unknown>);
}

function answerGiftCards({ user_id: userId, needCycleCard, ...rest }: Record<string, unknown>): Said {
  if (typeof userId !== 'string' || userId === '' || Object.keys(rest).length > 0) return failure(WRONG_PARAMETERS);
  if (![undefined, 0, 1].includes(needCycleCard as number | undefined)) return failure(WRONG_PARAMETERS);
  return success(cardsOf(userId, needCycleCard === 1));
}

function answerExchangeCode({ exchangeCode, ...rest }: Record<string, unknown>): Said {
  if (typeof exchangeCode !== 'string' || exchangeCode === '' || Object.keys(rest).length > 0)
    return failure(WRONG_PARAMETERS);
  if (exchangeCode === ZVCMS_CODES.refused) return refusal('200123');
  return success({ status: exchangeCode === ZVCMS_CODES.redeemable || exchangeCode === ZVCMS_CODES.universal });
}

/** The four names in byte order, HMAC-SHA1, base64, and that percent-encoded. */
function token(options: ZvcmsSandboxOptions, timestamp: string, nonce: string, v2: boolean): string {
  const names = v2 && options.signCaseV2 === 'pascal' ? V2_NAMES : V3_NAMES;
  const pairs = [
    [names.grantCode, options.grantCode],
    [names.nonce, nonce],
    [names.openId, options.openId],
    [names.timestamp, timestamp],
  ];
  const text = pairs.map(([name, value]) => `${name}=${value}`).join('&');
  const base64 = createHmac('sha1', Buffer.from(options.openKey, 'utf8')).update(text, 'utf8').digest('base64');
  return base64.replaceAll('+', '%2B').replaceAll('/', '%2F').replaceAll('=', '%3D');
}

function objectIn(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

const json = (status: number, body: string): SandboxAnswer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body,
});

/** JSON text; numbers are written digit by digit, since JSON.stringify() would round those of 18 digits. */
function spelt(value: AnswerValue, native: boolean): string {
  if (value instanceof Digits) return native ? value.text : JSON.stringify(value.text);
  if (typeof value === 'boolean') return native ? String(value) : JSON.stringify(String(value));
  if (Array.isArray(value)) return `[${value.map((item) => spelt(item, native)).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${spelt(member, native)}`);
  return `{${members.join()}}`;
}
