import { describe, expect, it } from '@jest/globals';
import { createSigner, type SignMethod } from '../../src/datasources/campus/signature.js';
import { formEncode, gatewayTimestamp, singleRequest } from '../../src/datasources/campus/request.js';
import { METHOD, voucherQuery } from '../../src/datasources/campus/wire.js';
import { WIRE_SECRET, vectors, wire } from './vectors.js';

describe('the signature', () => {
  it('has all vectors to be held against', () => {
    expect(vectors).toHaveLength(21);
    expect(wire).toHaveLength(4);
  });

  it.each(vectors)('is the literal one of $id', ({ sign_method, secret, params, body, sign }) => {
    expect(createSigner(sign_method, secret)(params, body)).toBe(sign);
  });

  it.each(wire)("is that of the vendor's own SDK for $name", ({ path, query, body }) => {
    const { sign, ...signed } = query;
    const method = query.sign_method as SignMethod;
    const isBatch = path === '/router/batch';
    const params = isBatch ? signed : { ...signed, ...Object.fromEntries(new URLSearchParams(body)) };
    expect(createSigner(method, WIRE_SECRET)(params, isBatch ? body : '')).toBe(sign);
  });

  it('does not cover an earlier signature', () => {
    const sign = createSigner('hmac-sha256', 'a');
    expect(sign({ v: '2.0', sign: 'X' })).toBe(sign({ v: '2.0' }));
  });

  it('sorts by bytes where UTF-16 order differs', () => {
    const sign = createSigner('md5', 's');
    // MD5("s" + "\uff01" + "1" + "\u{1f600}" + "2" + "s"): the emoji is first in UTF-16 and last in UTF-8.
    expect(sign({ '\u{1f600}': '2', '\uff01': '1' })).toBe('2DFA1A7905CF20ABAF63127653F53657');
  });
});

describe('the request', () => {
  it("encodes forms to the byte as the vendor's Java SDK does", () => {
    const [single, batch] = wire;
    expect(formEncode(Object.fromEntries(new URLSearchParams(single?.body)))).toBe(single?.body);
    const part = batch?.body.split('\r\n-S-\r\n')[2];
    // The name in it has a space, an ampersand and a plus.
    expect(part).toContain('%E6%9D%8E+%E5%9B%9B%26%2B');
    expect(formEncode(Object.fromEntries(new URLSearchParams(part)))).toBe(part);
  });

  it('tells the time in GMT+8, over midnight and the new year too', () => {
    expect(gatewayTimestamp(Date.UTC(2026, 0, 1, 0, 0, 0))).toBe('2026-01-01 08:00:00');
    expect(gatewayTimestamp(Date.UTC(2025, 11, 31, 16, 0, 59, 999))).toBe('2026-01-01 00:00:59');
  });

  it('carries and signs a session, but none that is blank', () => {
    const sign = createSigner('md5', 's');
    const sent = (session?: string) => {
      const caller = { appKey: '1', signMethod: 'md5', ...(session !== undefined && { session }) } as const;
      return Object.fromEntries(new URLSearchParams(singleRequest(undefined, caller, sign, 0).body));
    };
    const bare = sent();
    expect(bare).not.toHaveProperty('session');
    expect([sent(''), sent(' \t')]).toEqual([bare, bare]);
    const { sign: signature, ...params } = sent('0');
    expect(params['session']).toBe('0');
    expect(signature).toBe(sign(params));
    expect(signature).not.toBe(bare['sign']);
  });

  it('is for all members, in the order of the document, the one that the vectors sign', () => {
    const request = {
      activityCode: '1',
      mobile: '18209090909',
      userName: '张三',
      idNumber: '1',
      moziId: '1',
      email: '1',
      voucherType: 'QR_CODE',
      qrCodeType: 'DYNAMIC',
      validSeconds: 300,
      withPicture: false,
    } as const;
    const query = voucherQuery(
      request,
      { activityCode: '1', sponsorCode: 'xxx', accessKey: '1', send: [] },
      { faceValue: 'FACE', staticValue: 'STATIC' },
    );
    const full = vectors.find(({ id }) => id === 'voucher-full/hmac-sha256');
    expect(JSON.stringify(query)).toBe(full?.params.param);

    const sign = createSigner('hmac-sha256', full?.secret ?? '');
    const caller = { appKey: '12345678', signMethod: 'hmac-sha256', session: '' } as const;
    const { path, body } = singleRequest(query, caller, sign, Date.UTC(2026, 0, 1));
    expect(path).toBe('/router/rest');
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({ ...full?.params, sign: full?.sign });
  });

  it('spells faces and static codes as the settings say, and asks no life for a static code', () => {
    const activity = { activityCode: 'a', sponsorCode: 's', accessKey: 'k', send: [] };
    const person = { activityCode: 'a', mobile: '1', userName: 'n', email: ' ', withPicture: true };
    const values = { faceValue: 'FACE_PIC', staticValue: 'FIXED' };
    const face = voucherQuery({ ...person, voucherType: 'FACE', qrCodeType: 'DYNAMIC' }, activity, values);
    expect(face.voucher_type).toBe('FACE_PIC');
    const fixed = voucherQuery(
      { ...person, voucherType: 'QR_CODE', qrCodeType: 'STATIC', validSeconds: 60 },
      activity,
      values,
    );
    expect(fixed).toEqual({
      voucher_type: 'QR_CODE',
      is_generate_pic: true,
      mobile: '1',
      user_name: 'n',
      sponsor_code: 's',
      activity_code: 'a',
      qr_code_type_enum: 'FIXED',
      access_key: 'k',
    });
  });

  it('names the method as the document does', () => {
    expect(METHOD).toBe('alibaba.campus.bs.voucher.get');
  });
});
