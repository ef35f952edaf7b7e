import { createDecipheriv } from 'node:crypto';

/** AES keys come as base64 from Alipay's console; these are the lengths in bytes that AES has. */
export const AES_KEY_BYTES = [16, 24, 32];

/** What the vendor prescribes; the answer's signature covers the ciphertext, so that nobody can play with its blocks. */
const ZERO_IV = Buffer.alloc(16);

/**
 * Decrypts an answer's body (base64 of AES-CBC with PKCS#7 padding), after its signature was verified.
 * Throws where the text is not what that key encrypted.
 */
export function decrypt(base64: string, key: Buffer): string {
  const decipher = createDecipheriv(`aes-${key.length * 8}-cbc`, key, ZERO_IV);
  return Buffer.concat([decipher.update(base64, 'base64'), decipher.final()]).toString('utf8');
}
