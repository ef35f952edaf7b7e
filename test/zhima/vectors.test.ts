import { readFileSync } from 'node:fs';
import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { decrypt } from '../../src/datasources/zhima/encryption.js';
import { authString, stringToSign, verifyAnswer } from '../../src/datasources/zhima/signature.js';
import { decodeAnswer, decodeRefusal, encodeStrictly, requestPath } from '../../src/datasources/zhima/wire.js';

interface RequestVector {
  name: string;
  method: string;
  query: Record<string, string>;
  appAuthToken?: string;
  wireRequestTarget: string;
  wireBody: string;
  stringToSign: string;
  signature: string;
}
interface ResponseVector {
  name: string;
  status: number;
  headers: Record<string, string>;
  body: string;
  expected: 'accept' | 'reject' | 'error-unsigned';
}
interface AesVector {
  name: string;
  keyBase64: string;
  plaintext: string;
  ciphertextBase64: string;
  signatureOverCiphertext: string;
  signatureOverPlaintext: string;
}
interface Vectors {
  publicKeys: { app: string; alipay: string };
  constants: { appId: string; nonce: string; timestampMs: number };
  requests: RequestVector[];
  responses: ResponseVector[];
  aes: AesVector[];
}

const { publicKeys, constants, requests, responses, aes } = JSON.parse(
  readFileSync(new URL('../vectors/zhima.json', import.meta.url), 'utf8'),
) as Vectors;
const appKey = createPublicKey(publicKeys.app);
const alipayKey = createPublicKey(publicKeys.alipay);
const SIGNED_AT = '1667804301300';
const NONCE = '4f14052a803e6219a069e9635961a5a5';

it('has all the vectors', () => {
  expect([requests.length, responses.length, aes.length]).toEqual([4, 13, 1]);
});

describe('the signed text of a request', () => {
  it.each(requests)('is the official one in "$name"', (vector) => {
    const { method, wireRequestTarget: target, wireBody: body, appAuthToken } = vector;
    const text = stringToSign(authString(constants), { method, target, body, appAuthToken });
    expect(text).toBe(vector.stringToSign);
    expect(verify('RSA-SHA256', Buffer.from(text), appKey, Buffer.from(vector.signature, 'base64'))).toBe(true);
  });

  it('names the certificate between app id and nonce', () => {
    expect(authString({ appId: 'a', appCertSn: 'c', nonce: 'n', timestampMs: 1 })).toBe(
      'app_id=a,app_cert_sn=c,nonce=n,timestamp=1',
    );
  });
});

describe('the target', () => {
  it.each(requests.filter(({ name }) => name !== 'get-escapes'))(
    'is the official one in "$name"',
    ({ query, ...rest }) => {
      const subject = { userId: query['user_id'], openId: query['open_id'], certNo: query['cert_no'] };
      const path = requestPath(
        {
          connKey: query['conn_key'] ?? '',
          onceToken: query['once_token'] ?? '',
          queryType: query['query_type'] === 'exact' ? 'EXACT' : 'FUZZY',
          identityType: query['identity_type'] ?? '',
          subject: { ...subject, certType: '0' },
        },
        query['service_id'] ?? '',
      );
      expect(path).toBe(rest.wireRequestTarget);
    },
  );

  it('escapes all that RFC 3986 does not call unreserved', () => {
    expect(encodeStrictly("a b+c*d~e/f=g&h%i'j(k)!l-._é😀")).toBe(
      'a%20b%2Bc%2Ad~e%2Ff%3Dg%26h%25i%27j%28k%29%21l-._%C3%A9%F0%9F%98%80',
    );
  });

  it('prefers the ids to a certificate number, which would stand in it in clear', () => {
    const question = { connKey: 'k', onceToken: 't', queryType: 'FUZZY', identityType: '04' } as const;
    const path = requestPath(
      { ...question, subject: { openId: 'o', certNo: '420192931233123123', certType: '0' } },
      's',
    );
    expect(path).toMatch(/query_type=dim&identity_type=04&service_id=s&open_id=o$/);
  });
});

describe('an answer', () => {
  const verified = ({ headers, body }: ResponseVector) =>
    verifyAnswer(
      {
        timestamp: headers['alipay-timestamp'] ?? '',
        nonce: headers['alipay-nonce'] ?? '',
        signature: headers['alipay-signature'] ?? '',
        body: Buffer.from(body),
      },
      alipayKey,
    );

  it.each(responses)('"$name" is taken for what it is: $expected', (vector) => {
    expect(verified(vector)).toBe(vector.expected === 'accept');
    if (vector.expected === 'error-unsigned')
      expect(decodeRefusal(vector.status, vector.body, undefined).vendorCode).toBe(
        (JSON.parse(vector.body) as { code: string }).code,
      );
  });

  it('decodes to the verdict and what belongs to it', () => {
    expect(decodeAnswer(responses.find(({ name }) => name === 'ok-success')?.body ?? '')).toEqual({
      verdict: 'TRUSTED',
      resultPageUrl: 'alipays://platformapi/startapp?appId=2021000000000000',
      merchantIdentityId: 'V1_4dc286a6e91c9d51104e1172813b34c5',
      userId: '2088402562742105',
      openId: '074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5',
    });
    expect(decodeAnswer('{"identity_result":"WAITING_VERIFY","new_member":{"a":[1]}}')).toMatchObject({
      verdict: 'WAITING',
    });
    expect(decodeAnswer('{"identity_result":"FAILED"}')).toMatchObject({ verdict: 'NOT_TRUSTED', userId: null });
  });

  it.each(['{}', '[]', 'null', '', '<html>', '{"identity_result":"toString"}', '{"identity_result":true}'])(
    'is no verdict where the result is missing or unknown: %s',
    (body) => {
      expect(decodeAnswer(body)).toBeNull();
    },
  );
});

describe.each(aes)('encryption $name', ({ keyBase64, plaintext, ciphertextBase64, ...signatures }) => {
  it('decrypts to the text', () => {
    expect(decrypt(ciphertextBase64, Buffer.from(keyBase64, 'base64'))).toBe(plaintext);
  });

  it('is signed over the ciphertext', () => {
    const check = (signature: string) =>
      verifyAnswer({ timestamp: SIGNED_AT, nonce: NONCE, body: Buffer.from(ciphertextBase64), signature }, alipayKey);
    expect(check(signatures.signatureOverCiphertext)).toBe(true);
    expect(check(signatures.signatureOverPlaintext)).toBe(false);
  });
});
