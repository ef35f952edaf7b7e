import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { hmac } from '../../src/datasources/transport/hmac.js';

describe.each(['md5', 'sha1', 'sha256'] as const)('HMAC-%s', (algorithm) => {
  it.each([0, 1, 63, 64, 65, 200])("signs as Node's own does, with a key of %i bytes", (bytes) => {
    const secret = randomBytes(bytes).toString('latin1').slice(0, bytes);
    for (const text of ['', 'a', '张三&nonce=1', 'x'.repeat(10_000), '😀'.repeat(40)]) {
      for (const encoding of ['hex', 'base64'] as const) {
        expect(hmac(algorithm, secret, encoding)(text)).toBe(
          createHmac(algorithm, secret).update(text, 'utf8').digest(encoding),
        );
      }
    }
  });
});

it('gives what RFC 2202 and RFC 4231 say', () => {
  const text = 'what do ya want for nothing?';
  expect(hmac('md5', 'Jefe', 'hex')(text)).toBe('750c783e6ab0b503eaa86e310a5db738');
  expect(hmac('sha1', 'Jefe', 'hex')(text)).toBe('effcdf6ae5eb2fa2d27416d5f184df9c259a7c79');
  expect(hmac('sha256', 'Jefe', 'hex')(text)).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
});
