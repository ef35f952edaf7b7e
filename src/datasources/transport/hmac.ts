import { hash } from 'node:crypto';

/** Of MD5, SHA-1 and SHA-256 alike. */
const BLOCK_BYTES = 64;

/**
 * HMAC (RFC 2104) by one key, of UTF-8 texts. Of Node's one-shot hashes, since an object of createHmac takes four times as
 * long, which is 5 % of a wallet; the tests compare the two.
 */
export function hmac(
  algorithm: 'md5' | 'sha1' | 'sha256',
  secret: string,
  encoding: 'hex' | 'base64',
): (text: string) => string {
  const bytes = Buffer.from(secret, 'utf8');
  const key = bytes.length > BLOCK_BYTES ? hash(algorithm, bytes, 'buffer') : bytes;
  const inner = padded(key, 0x36);
  const outer = padded(key, 0x5c);
  return (text) => {
    const within = hash(algorithm, Buffer.concat([inner, Buffer.from(text, 'utf8')]), 'buffer');
    return hash(algorithm, Buffer.concat([outer, within]), encoding);
  };
}

function padded(key: Buffer, fill: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES, fill);
  for (const [at, byte] of key.entries()) block[at] = byte ^ fill;
  return block;
}
