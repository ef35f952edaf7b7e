import { describe, expect, it } from '@jest/globals';
import { VendorError } from '../../src/datasources/transport/errors.js';
import { dataOf, readEnvelope } from '../../src/datasources/zvcms/envelope.js';

/** The data of an answer, or what the answer comes to. */
function outcomeOf(body: string | Buffer, status = 200): unknown {
  try {
    return dataOf(readEnvelope({ status, headers: {}, body: Buffer.from(body) }));
  } catch (error) {
    if (!(error instanceof VendorError)) throw error;
    const { vendor, kind, vendorCode, requestId, retryable, cause } = error;
    expect({ vendor, cause }).toEqual({ vendor: 'zvcms', cause: undefined });
    return { kind, vendorCode, requestId, retryable };
  }
}

describe('the envelope', () => {
  it.each(['true', '"true"', '1', '"1"'])('takes status %s with code 0 for success', (status) => {
    expect(outcomeOf(`{"status":${status},"code":0,"data":"x"}`)).toBe('x');
    expect(outcomeOf(`{"status":${status},"code":"0","data":"x"}`)).toBe('x');
    expect(outcomeOf(`{"status":${status},"code":200123,"data":"x"}`)).toMatchObject({
      kind: 'rejected',
      vendorCode: '200123',
      retryable: false,
    });
  });

  it.each(['false', '"false"', '0', '"0"'])('takes status %s for a fault of the system, code 0 or not', (status) => {
    const fault = { kind: 'unavailable', retryable: true };
    expect(outcomeOf(`{"status":${status},"code":0,"data":"x"}`)).toMatchObject({ ...fault, vendorCode: '0' });
    expect(outcomeOf(`{"status":${status},"code":"99"}`)).toMatchObject({ ...fault, vendorCode: '99' });
  });

  it.each(['"yes"', '2', '"TRUE"', 'null', '""', '[]', '{}', '1.0', '-1'])('does not guess at status %s', (status) => {
    expect(outcomeOf(`{"status":${status},"code":0,"data":"x"}`)).toMatchObject({ kind: 'protocol' });
  });

  it.each(['"E1"', '0.5', 'null', '""', 'true', '[]', '1e3'])('does not guess at code %s', (code) => {
    expect(outcomeOf(`{"status":true,"code":${code},"data":"x"}`)).toMatchObject({ kind: 'protocol' });
  });

  it.each(['true', 'false'])('knows 110004 and 100002 with status %s', (status) => {
    expect(outcomeOf(`{"status":${status},"code":"110004"}`)).toMatchObject({
      kind: 'misconfigured',
      vendorCode: '110004',
      retryable: false,
    });
    expect(outcomeOf(`{"status":${status},"code":100002}`)).toMatchObject({ kind: 'protocol', vendorCode: '100002' });
  });

  it.each([200, 400, 404, 500, 503])('believes its JSON at HTTP %d', (http) => {
    expect(outcomeOf('{"status":true,"code":0,"data":"x"}', http)).toBe('x');
    expect(outcomeOf('{"status":true,"code":7}', http)).toMatchObject({ kind: 'rejected', vendorCode: '7' });
    expect(outcomeOf('{"status":"odd","code":7}', http)).toMatchObject({ kind: 'protocol' });
  });

  it.each(['', '<html>', '[]', 'null', '7', '"text"', '{"message":"x"}', '{"status":503}', '{"status":true,"code":0'])(
    'takes %j for an HTTP error',
    (body) => {
      expect(outcomeOf(body, 500)).toMatchObject({ kind: 'unavailable', retryable: true, vendorCode: undefined });
      expect(outcomeOf(body, 599)).toMatchObject({ kind: 'unavailable' });
      expect(outcomeOf(body, 404)).toMatchObject({ kind: 'protocol' });
      expect(outcomeOf(body, 200)).toMatchObject({ kind: 'protocol' });
    },
  );

  it('does not read what is not UTF-8, and does read a byte order mark', () => {
    const good = '{"status":true,"code":0,"data":"卡"}';
    expect(outcomeOf(Buffer.from(good, 'utf16le'))).toMatchObject({ kind: 'protocol' });
    expect(outcomeOf(`\uFEFF${good}`)).toBe('卡');
  });

  it('does not fall over JSON that is nested beyond measure', () => {
    expect(outcomeOf('['.repeat(1_000_000))).toMatchObject({ kind: 'protocol' });
  });

  it('keeps a traceId for support, unless it is anything but an id', () => {
    const withTrace = (traceId: string) => outcomeOf(`{"status":true,"code":7,"traceId":${traceId}}`);
    expect(withTrace('"ab.12-3"')).toMatchObject({ requestId: 'ab.12-3' });
    expect(withTrace('123456789012345678901')).toMatchObject({ requestId: '123456789012345678901' });
    expect(withTrace('"张三 182"')).toMatchObject({ requestId: undefined });
  });
});
