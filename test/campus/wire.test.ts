import { describe, expect, it } from '@jest/globals';
import { VendorError } from '../../src/datasources/transport/errors.js';
import {
  BATCH_SEPARATOR,
  decodeBatch,
  decodeSingle,
  type Reply,
  type VoucherContent,
} from '../../src/datasources/campus/wire.js';

const anomalies: string[] = [];
const tellAnomaly = (name: string) => anomalies.push(name);

function reply(text: string): Reply<VoucherContent> | undefined {
  return decodeSingle(text, tellAnomaly).replies[0];
}

function errorOf(error: Record<string, unknown>): Reply<VoucherContent> | undefined {
  return reply(JSON.stringify({ error_response: error }));
}

function good(response: Record<string, unknown>): string {
  return JSON.stringify({ alibaba_campus_bs_voucher_get_response: { result: true, result_code: '200', ...response } });
}

describe('the table of errors', () => {
  const rows: [Record<string, unknown>, Record<string, unknown>][] = [
    [{ code: 7 }, { kind: 'throttled', retryAfterSeconds: undefined, vendorCode: '7' }],
    [
      {
        code: '7',
        sub_code: 'accesscontrol.limited-by-app-access-count',
        sub_msg: 'This ban will last for 1 more seconds',
      },
      { kind: 'throttled', retryAfterSeconds: 1, vendorCode: 'accesscontrol.limited-by-app-access-count' },
    ],
    [
      { code: 15, sub_code: 'isp.call-limited', sub_msg: 'This ban will last for 7200 more seconds' },
      { kind: 'throttled', retryAfterSeconds: 7_200 },
    ],
    [{ code: 7, sub_msg: 'This ban will last for 99999999 more seconds' }, { retryAfterSeconds: 86_400 }],
    [{ code: 7, sub_msg: 'This ban will last for 0 more seconds' }, { retryAfterSeconds: undefined }],
    [{ code: 10 }, { kind: 'unavailable', retryable: true }],
    [
      { code: 15, sub_code: 'isp.top-remote-connection-timeout' },
      { kind: 'unavailable', retryable: true },
    ],
    [
      { code: 15, sub_code: 'isp.remote-service-error' },
      { kind: 'unavailable', retryable: true },
    ],
    [
      { code: 15, sub_code: 'isp.null-pointer-exception' },
      { kind: 'unavailable', retryable: false },
    ],
    [
      { code: 15, sub_code: 'isp.top-parse-error' },
      { kind: 'unavailable', retryable: false },
    ],
    [
      { code: 15, sub_code: 'isp.top-mapping-parse-error' },
      { kind: 'unavailable', retryable: false },
    ],
    [
      { code: 15, sub_code: 'isv.invalid-parameter' },
      { kind: 'rejected', retryable: false },
    ],
    [{ code: 50, sub_code: 'isv.invalid-parameter' }, { kind: 'rejected' }],
    [
      { code: 50, sub_code: 'isp.remote-service-error' },
      { kind: 'unavailable', retryable: true },
    ],
    [{ code: 15 }, { kind: 'unavailable', retryable: true, vendorCode: '15' }],
    [{ sub_code: 'isv.invalid-parameter' }, { kind: 'rejected' }],
    [{ code: 40 }, { kind: 'rejected', vendorCode: '40' }],
    [{ code: '41' }, { kind: 'rejected', vendorCode: '41' }],
    [
      { code: 29, sub_code: 'isv.appkey-not-exists' },
      { kind: 'misconfigured', vendorCode: 'isv.appkey-not-exists' },
    ],
    ...[11, 12, 13, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 53].map(
      (code): [Record<string, unknown>, Record<string, unknown>] => [
        { code },
        { kind: 'misconfigured', retryable: false, vendorCode: String(code) },
      ],
    ),
    [{}, { kind: 'protocol', vendorCode: undefined }],
    [{ code: 41, request_id: 'r-1' }, { requestId: 'r-1' }],
    [{ code: 41, request_id: 17 }, { requestId: '17' }],
  ];

  it.each(rows)('reads %j', (error, expected) => {
    expect(rows).toHaveLength(40);
    const read = errorOf(error);
    expect(read).toBeInstanceOf(VendorError);
    expect(read).toMatchObject({ vendor: 'campus', ...expected });
  });

  it("passes on neither the vendor's texts nor a code that is none", () => {
    const read = errorOf({
      code: 41,
      msg: 'bad mobile 13800000001',
      sub_code: 'isv.bad <13800000001 张三>',
      sub_msg: 'user 张三',
      request_id: 'id of 张三',
    });
    expect(read).toMatchObject({ kind: 'rejected', vendorCode: '41', requestId: undefined });
    expect(read).not.toHaveProperty('cause');
    expect(JSON.stringify([read, (read as VendorError).message])).not.toMatch(/张三|13800000001/);
  });
});

describe('an answer', () => {
  it('may come with numbers, blanks, unknown members and an unreadable address', () => {
    anomalies.length = 0;
    const content = { qr_code: 42, qr_code_http_url: 'javascript:alert(1)', face_http_url: ' ', more: {} };
    expect(reply(good({ content }))).toEqual({ qrCode: '42', qrCodeUrl: null, faceUrl: null });
    expect(anomalies).toEqual(['picture-address']);
  });

  it('keeps control characters inside of texts and forgives them outside', () => {
    const text = `\ufeff\u0000${good({ content: { qr_code: 'A"~B\\' } })}\u0001`.replace('~', '\u0007\n');
    expect(reply(text)).toMatchObject({ qrCode: 'A"\u0007\nB\\' });
  });

  it('without a result goes by its result_code', () => {
    expect(reply(good({ result: undefined }))).toEqual({ qrCode: null, qrCodeUrl: null, faceUrl: null });
    expect(reply(good({ result: undefined, result_code: '500' }))).toMatchObject({ kind: 'protocol' });
    expect(reply(good({ result: null, result_code: 200, content: null }))).toMatchObject({ qrCode: null });
  });

  it('that says no is a refusal with its code, and with the id for a support ticket', () => {
    expect(reply(good({ result: false, result_code: 'E1', request_id: 'r-2' }))).toMatchObject({
      kind: 'rejected',
      vendorCode: 'E1',
      requestId: 'r-2',
    });
    expect(reply(good({ result: 'false', result_code: 404 }))).toMatchObject({ kind: 'rejected', vendorCode: '404' });
  });

  it.each(['', 'null', '[]', '"x"', '{}', '{"error_response":null}', '<html/>', '{"other_response":{"result":true}}'])(
    'of %j is a protocol error',
    (text) => {
      expect(reply(text)).toMatchObject({ kind: 'protocol', retryable: false });
      expect(reply(text)).not.toHaveProperty('cause');
    },
  );
});

describe("a batch's answer", () => {
  const one = good({ content: { qr_code: 'Q1' } });
  const failed = '{"error_response":{"code":15,"sub_code":"isv.invalid-parameter"}}';

  it('has a reply for each call, in order, of which each may fail alone', () => {
    const text = [failed, one, 'rubbish'].join(BATCH_SEPARATOR);
    expect(decodeBatch(text, 3, tellAnomaly)).toMatchObject({
      batchRefused: false,
      replies: [{ kind: 'rejected' }, { qrCode: 'Q1' }, { kind: 'protocol' }],
    });
  });

  it.each([
    [11, true],
    [12, true],
    [13, true],
    [21, true],
    [22, true],
    [25, false],
    [29, false],
    [31, false],
    [7, false],
    [10, false],
    [41, false],
  ])("of one error with code %d is every call's error, and a refusal to batch: %s", (code, batchRefused) => {
    const decoded = decodeBatch(JSON.stringify({ error_response: { code } }), 2, tellAnomaly);
    expect(decoded.batchRefused).toBe(batchRefused);
    expect(decoded.replies).toHaveLength(2);
    expect(decoded.replies).toMatchObject([{ vendorCode: String(code) }, { vendorCode: String(code) }]);
  });

  it("with another number of pieces and no error in the first is nobody's answer", () => {
    for (const pieces of [[one, failed], [one, one, failed, one], [one]]) {
      expect(() => decodeBatch(pieces.join(BATCH_SEPARATOR), 3, tellAnomaly)).toThrow(
        expect.objectContaining({ kind: 'protocol' }),
      );
    }
  });
});

it('keeps every digit of a code that came as a number', () => {
  const text = good({ content: { qr_code: 'DIGITS' } }).replace('"DIGITS"', '123456789012345678901');
  expect(reply(text)).toMatchObject({ qrCode: '123456789012345678901' });
});
