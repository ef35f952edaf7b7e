import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { exchangeCodeQuery } from '../../src/datasources/zvcms/exchange-code.js';
import { encodeRequest, Nonces } from '../../src/datasources/zvcms/request.js';
import { stringToSign, tokenSigner, type TokenInput } from '../../src/datasources/zvcms/signature.js';

interface Vectors {
  vectors: {
    id: string;
    input: Omit<TokenInput, 'nameCase'> & { openKey: string; signKeyCase: TokenInput['nameCase'] };
    expect: { stringToSign: string; hmacHex: string; base64: string; token: string };
  }[];
  invalidInputs: { input: Partial<TokenInput>; why: string }[];
  requestBodies: Record<string, { path: string; body: string }>;
}
const { vectors, invalidInputs, requestBodies } = JSON.parse(
  readFileSync(new URL('../vectors/zvcms.json', import.meta.url), 'utf8'),
) as Vectors;

const account = {
  openId: '6dc05b4ac175cf316d226252b05cf685',
  grantCode: '782c281f62',
  openKey: 'made-up-open-key-for-tests-only-0001',
};
const signToken = ({ openKey, ...input }: TokenInput & { openKey: string }) => tokenSigner(openKey)(input);
const signing = { ...account, sign: tokenSigner(account.openKey) };
const request = { ...account, timestamp: '1547186244', nonce: '658965', nameCase: 'camel' as const };

describe('the token', () => {
  it('has all the vectors', () => {
    expect(vectors).toHaveLength(7);
    expect(invalidInputs).toHaveLength(5);
    expect(Object.keys(requestBodies)).toHaveLength(2);
  });

  it.each(vectors)('is the published one: $id', ({ input: { signKeyCase, ...input }, expect: expected }) => {
    const text = stringToSign({ ...input, nameCase: signKeyCase });
    expect(text).toBe(expected.stringToSign);
    expect(createHmac('sha1', input.openKey).update(text).digest('hex')).toBe(expected.hmacHex);
    expect(decodeURIComponent(signToken({ ...input, nameCase: signKeyCase }))).toBe(expected.base64);
    expect(signToken({ ...input, nameCase: signKeyCase })).toBe(expected.token);
  });

  it.each(invalidInputs)('is not made where $why', ({ input }) => {
    expect(() => signToken({ ...request, ...input })).toThrow(TypeError);
  });

  it.each([{ openId: 'a&b' }, { openId: '' }, { grantCode: 'é' }, { timestamp: '154718624' }, { nonce: '' }])(
    'is not made of %j, and the error quotes none of it',
    (input) => {
      let message = '';
      try {
        signToken({ ...request, ...input });
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message).not.toBe('');
      for (const value of Object.values({ ...account, ...input })) {
        if (value !== '') expect(message).not.toContain(value);
      }
    },
  );
});

describe('the request', () => {
  it('is the documented one for an exchange code', () => {
    const expected = requestBodies['coupon/exchange/getExchangeCodeStatus'];
    const question = exchangeCodeQuery('164822200532619796511');
    const settings = { ...signing, signCaseV2: 'pascal' as const };
    const { path, body } = encodeRequest(settings, question, request.timestamp, request.nonce);
    expect(path).toBe(expected?.path);
    expect(body).toBe(expected?.body);
  });

  it('is the documented one for gift cards', () => {
    const expected = requestBodies['user.my-cards'];
    const params = { user_id: '383933091455959041', needCycleCard: 0 };
    const { path, body } = encodeRequest(
      { ...signing, signCaseV2: 'camel' },
      { api: 'user.my-cards', version: 'v2', params },
      request.timestamp,
      request.nonce,
    );
    expect(path).toBe(expected?.path);
    expect(body).toBe(expected?.body);
  });

  it('signs the names of V2 as it is told', () => {
    const { body } = encodeRequest(
      { ...signing, signCaseV2: 'pascal' },
      { api: 'user.my-cards', version: 'v2', params: {} },
      request.timestamp,
      request.nonce,
    );
    expect(JSON.parse(body)).toMatchObject({ Token: 'j8e8JnIhpC%2B4chE4lIwucX0Y3gU%3D' });
  });
});

it('makes nonces that are positive integers and do not repeat', () => {
  const counter = new Nonces();
  const nonces = Array.from({ length: 10_000 }, () => counter.next());
  expect(new Set(nonces).size).toBe(10_000);
  for (const nonce of nonces) {
    expect(nonce).toMatch(/^[1-9]\d*$/);
    expect(Number(nonce)).toBeLessThan(2 ** 31);
  }
});
