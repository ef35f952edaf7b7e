import { VendorError } from '../../src/datasources/transport/errors.js';
import { decodeBatch, decodeSingle } from '../../src/datasources/campus/wire.js';
import { dataOf, readEnvelope } from '../../src/datasources/zvcms/envelope.js';
import { decodeExchangeCode } from '../../src/datasources/zvcms/exchange-code.js';
import { giftCardDecoder, type GiftCardRecord } from '../../src/datasources/zvcms/gift-cards.js';
import { decodeAnswer, decodeRefusal } from '../../src/datasources/zhima/wire.js';

/** A decoder before any bytes, and what its vendor says when all is well and when not. */
export interface Decoder {
  name: string;
  answers: readonly string[];
  /** An answer with `value` where the vendor's own text or list stands. */
  around: (value: string) => string;
  /** Decodes and says what is wrong with the outcome; undefined: a valid value or a typed error. Throws what it throws. */
  fault: (body: Buffer) => string | undefined;
  /** `ok` where the answer was believed, else the kind of the error. */
  outcome: (body: Buffer) => string;
}

const ignore = () => undefined;
const isText = (value: unknown) => value === null || (typeof value === 'string' && value.trim() !== '');

function errorFault(error: VendorError, vendor: string): string | undefined {
  const { vendorCode = 'ok', requestId = 'ok', retryAfterSeconds = 1, message, cause } = error;
  if (error.vendor !== vendor) return `an error of ${error.vendor}`;
  if (![vendorCode, requestId].every((id) => /^[\w.:/-]{1,64}$/.test(id))) return 'an id that is none';
  if (!Number.isInteger(retryAfterSeconds) || retryAfterSeconds < 1 || retryAfterSeconds > 86_400) return 'an odd wait';
  // The vendor's own words may be about somebody.
  return cause !== undefined || !/^[\w :;,()%/-]+$/.test(message) ? `its words: ${message}` : undefined;
}

function decoder(
  vendor: string,
  rest: Pick<Decoder, 'name' | 'answers' | 'around'>,
  decode: (body: Buffer) => unknown,
  valueFault: (value: unknown) => string | undefined,
): Decoder {
  const settle = (body: Buffer): unknown => {
    try {
      return decode(body);
    } catch (error) {
      if (error instanceof VendorError) return error;
      throw error;
    }
  };
  const faultOf = (reply: unknown) => (reply instanceof VendorError ? errorFault(reply, vendor) : valueFault(reply));
  return {
    ...rest,
    fault: (body) => faultOf(settle(body)),
    outcome: (body) => {
      const value = settle(body);
      return value instanceof VendorError ? value.kind : 'ok';
    },
  };
}

const CAMPUS_GOOD =
  '{"alibaba_campus_bs_voucher_get_response":{"result":true,"result_code":"200","request_id":"r1","content":' +
  '{"qr_code":"Q-1","qr_code_http_url":"https://a.example/q.png","face_http_url":"http://a.example/f.png"}}}';
const CAMPUS_BAD = [
  '{"error_response":{"code":7,"msg":"张三","sub_code":"accesscontrol.limited-by-app-access-count","sub_msg":"This ban will last for 9 more seconds","request_id":"r2"}}',
  '{"error_response":{"code":15,"sub_code":"isp.remote-service-error","sub_msg":"张三","request_id":"r3"}}',
  '{"alibaba_campus_bs_voucher_get_response":{"result":false,"result_code":"USER_NOT_INVITED","msg":"张三"}}',
];

function voucherFault(value: unknown): string | undefined {
  const { qrCode, qrCodeUrl, faceUrl, ...more } = value as Record<string, string | null>;
  if (Object.keys(more).length > 0 || ![qrCode, qrCodeUrl, faceUrl].every(isText)) return 'no voucher';
  const urls = [qrCodeUrl, faceUrl].filter((url) => typeof url === 'string');
  return urls.every((url) => /^https?:/i.test(url) && URL.canParse(url)) ? undefined : 'no address';
}

const BATCH = 3;
const repliesFault = (size: number) => (decoded: unknown) => {
  const { replies, batchRefused } = decoded as ReturnType<typeof decodeSingle>;
  if (replies.length !== size || typeof batchRefused !== 'boolean') return `${replies.length} replies`;
  return replies
    .map((reply) => (reply instanceof VendorError ? errorFault(reply, 'campus') : voucherFault(reply)))
    .find((fault) => fault !== undefined);
};
/** The error of the first reply stands for the answer's, so that outcomes can be counted. */
const believed = (decoded: ReturnType<typeof decodeSingle>) =>
  decoded.replies.every((reply) => reply instanceof VendorError) ? decoded.replies[0] : decoded;

const CARD =
  '{"id":710000000000000011,"gift_card_id":"610000000000000077","gift_title":"新年卡","cover":"https://a.example/c.png",' +
  '"par_value":"100.00","deduct_amount":128.5,"status":4,"status_desc":"已绑定","bind_status":1,"validType":"1",' +
  '"expired_desc":"长期有效","isErp":0,"beginAt":"2026-01-02","endAt":"0000-00-00 00:00:00","createdAt":1767294245}';
const envelope = (data: string) => `{"status":true,"code":0,"message":"张三","traceId":"t-1","data":${data}}`;
const ZVCMS_BAD = [
  '{"status":false,"code":"500","message":"张三"}',
  '{"status":"true","code":"110004","message":"张三","data":[]}',
];
const readData = (body: Buffer) => dataOf(readEnvelope({ status: body.length % 7 ? 200 : 502, headers: {}, body }));
const SETTINGS = { moneyUnit: 'yuan', utcOffset: '+08:00' } as const;

function cardsFault(value: unknown): string | undefined {
  const cards = value as GiftCardRecord[];
  for (const card of cards) {
    const { id, templateId, coverUrl, statusText, balanceFen, faceValueFen, beginsAt, endsAt, createdAt } = card;
    if (id === '' || ![id, templateId, coverUrl, statusText].every(isText)) return 'no text';
    if (![balanceFen, faceValueFen].every((fen) => fen === null || (typeof fen === 'bigint' && fen >= 0n)))
      return 'money';
    if (![beginsAt, endsAt, createdAt].every((at) => at === null || !Number.isNaN(at.getTime()))) return 'no date';
    if (![card.bound, card.thirdParty].every((flag) => typeof flag === 'boolean')) return 'no flag';
    if (coverUrl !== null && !/^https?:/.test(coverUrl)) return 'no address';
  }
  return new Set(cards.map(({ id }) => id)).size === cards.length ? undefined : 'a card twice';
}

const ZHIMA_GOOD =
  '{"identity_result":"SUCCESS","identity_result_skip_url":"https://a.example/r","merchant_identity_id":"V1_00ff",' +
  '"user_id":"2088000000000001","open_id":"o-1"}';
const VERDICTS = ['WAITING', 'TRUSTED', 'NOT_TRUSTED'];

export const DECODERS: readonly Decoder[] = [
  decoder(
    'campus',
    {
      name: 'campus, one voucher',
      answers: [CAMPUS_GOOD, CAMPUS_GOOD, ...CAMPUS_BAD],
      around: (value) =>
        value.startsWith('"ban')
          ? `{"error_response":{"code":7,"sub_msg":${value}}}`
          : `{"alibaba_campus_bs_voucher_get_response":{"result":true,"content":{"qr_code":1,"qr_code_http_url":${value}}}}`,
    },
    (body) => believed(decodeSingle(body.toString('utf8'), ignore)),
    repliesFault(1),
  ),
  decoder(
    'campus',
    {
      name: 'campus, a batch',
      answers: [
        [CAMPUS_GOOD, CAMPUS_GOOD, CAMPUS_GOOD].join('\r\n-S-\r\n'),
        [CAMPUS_BAD[0], CAMPUS_GOOD, CAMPUS_BAD[2]].join('\r\n-S-\r\n'),
        '{"error_response":{"code":11,"msg":"张三"}}',
      ],
      around: (value) => [value, value.slice(0, 0), CAMPUS_GOOD].join('\r\n-S-\r\n'),
    },
    (body) => believed(decodeBatch(body.toString('utf8'), BATCH, ignore)),
    repliesFault(BATCH),
  ),
  decoder(
    'zvcms',
    {
      name: 'zvcms, gift cards',
      answers: [
        envelope(`[${CARD}]`),
        envelope(`[${CARD},${CARD}]`),
        envelope(`[${CARD},${CARD.replace('011', '012')}]`),
        envelope('[]'),
        ...ZVCMS_BAD,
      ],
      around: (value) => envelope(`[{"id":"1","gift_title":${value}}]`),
    },
    (body) => giftCardDecoder(SETTINGS, ignore)(readData(body)),
    cardsFault,
  ),
  decoder(
    'zvcms',
    {
      name: 'zvcms, an exchange code',
      answers: [envelope('{"status":true}'), envelope('{"status":"0"}'), ...ZVCMS_BAD],
      around: (value) => envelope(`{"status":true,"more":${value}}`),
    },
    (body) => decodeExchangeCode(readData(body)),
    (value) => (typeof value === 'boolean' ? undefined : 'neither true nor false'),
  ),
  decoder(
    'zhima',
    {
      name: 'zhima, an answer',
      answers: [ZHIMA_GOOD, ZHIMA_GOOD.replace('SUCCESS', 'FAILED'), '{"identity_result":"WAITING_VERIFY"}'],
      around: (value) => `{"identity_result":"SUCCESS","user_id":"2088","more":${value}}`,
    },
    (body) =>
      decodeAnswer(body.toString('utf8')) ?? new VendorError({ vendor: 'zhima', kind: 'protocol', message: 'none' }),
    (value) => {
      const { verdict, ...texts } = value as Record<string, unknown>;
      if (!VERDICTS.includes(String(verdict))) return `the verdict ${String(verdict)}`;
      return Object.values(texts).every((text) => text === null || (typeof text === 'string' && text !== ''))
        ? undefined
        : 'no text';
    },
  ),
  decoder(
    'zhima',
    {
      name: 'zhima, a refusal',
      answers: [
        '{"code":"TOKEN_INVALID","message":"张三","details":[],"links":[{"link":"https://a.example"}]}',
        '{"code":"SYSTEM_ERROR","message":"张三"}',
        '{"code":"app-call-limited","message":"张三","links":"https://a.example"}',
      ],
      around: (value) => `{"code":"TOKEN_INVALID","links":${value}}`,
    },
    (body) => decodeRefusal([400, 403, 429, 500, 202][body.length % 5] ?? 400, body.toString('utf8'), 'r-1'),
    () => 'no error',
  ),
];
