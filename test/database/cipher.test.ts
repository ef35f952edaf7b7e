import { createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createCipher } from '../../src/database/cipher.js';

const [KEY_A, KEY_B] = [randomBytes(32), randomBytes(32)];

describe('the cipher', () => {
  const cipher = createCipher(KEY_A);

  it('seals the same text differently each time, and opens it', () => {
    const sealed = cipher.seal('李雷', 'row 1');
    expect(cipher.open(sealed, 'row 1')).toBe('李雷');
    expect(cipher.seal('李雷', 'row 1')).not.toEqual(sealed);
    expect(cipher.open(cipher.seal('', ''), '')).toBe('');
  });

  it('is AES-256-GCM with version, key id and nonce before and the tag behind', () => {
    const sealed = cipher.seal('plain', 'aad');
    const key = Buffer.from(hkdfSync('sha256', KEY_A, Buffer.alloc(0), 'kaquan/1/encryption', 32));
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(9, 21));
    decipher.setAAD(Buffer.concat([sealed.subarray(0, 9), Buffer.from('aad')])).setAuthTag(sealed.subarray(-16));
    expect(sealed[0]).toBe(1);
    expect(sealed.subarray(1, 9).toString('hex')).toBe(cipher.keyId);
    expect(decipher.update(sealed.subarray(21, -16), undefined, 'utf8') + decipher.final('utf8')).toBe('plain');
  });

  it('refuses what was altered anywhere, cut, or moved to another row', () => {
    const sealed = cipher.seal('李雷', 'row 1');
    for (const place of sealed.keys()) {
      const altered = Buffer.from(sealed);
      altered.writeUInt8(altered.readUInt8(place) ^ 1, place);
      expect(() => cipher.open(altered, 'row 1')).toThrow(expect.objectContaining({ name: 'DatabaseError' }));
    }
    for (const cut of [sealed.subarray(0, -1), sealed.subarray(0, 20), Buffer.alloc(0)]) {
      expect(() => cipher.open(cut, 'row 1')).toThrow(expect.objectContaining({ kind: 'corrupt' }));
    }
    expect(() => cipher.open(sealed, 'row 2')).toThrow(expect.objectContaining({ kind: 'corrupt' }));
  });

  it('reads what the previous key sealed, and names the setting where no key fits', () => {
    const sealed = cipher.seal('x', '');
    expect(createCipher(KEY_B, KEY_A).open(sealed, '')).toBe('x');
    expect(() => createCipher(KEY_B).open(sealed, '')).toThrow(/DATA_KEY is not the key/);
    expect(createCipher(KEY_B, KEY_A).keyIds).toEqual([createCipher(KEY_B).keyId, cipher.keyId]);
    expect(createCipher(KEY_A, KEY_A).keyIds).toEqual([cipher.keyId]);
  });

  it('indexes by key, kind and value', () => {
    const [index] = cipher.blindIndexes('mobile', '13800138000');
    expect(cipher.blindIndexes('mobile', '13800138000')).toEqual([index]);
    expect(cipher.blindIndexes('email', '13800138000')).not.toEqual([index]);
    expect(cipher.blindIndexes('mobile', '13800138001')).not.toEqual([index]);
    const [current, previous] = createCipher(KEY_B, KEY_A).blindIndexes('mobile', '13800138000');
    expect(previous).toEqual(index);
    expect(current).toEqual(createCipher(KEY_B).blindIndexes('mobile', '13800138000')[0]);
  });

  it('refuses a key that is not 32 bytes', () => {
    expect(() => createCipher(randomBytes(16))).toThrow(/32 bytes, not 16/);
  });
});
