import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { DatabaseError } from './errors.js';

/** Layout of a sealed value: version, key id, nonce, ciphertext, tag. */
const VERSION = 1;
const KEY_ID_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES;
const DATA_KEY_BYTES = 32;

export interface Cipher {
  /** Id of the current key, as it stands in `key_id` columns; tells nothing of the key. */
  readonly keyId: string;
  /** Ids of all keys that can be read: the current one, then the previous one where there is one. */
  readonly keyIds: readonly string[];
  /** AES-256-GCM under the current key. `aad` ties the value to its place (the row's id): moved elsewhere it does not open. */
  seal(plain: string, aad: string): Buffer;
  /** Throws DatabaseError: kind `key` where neither key sealed it, `corrupt` where it was altered or moved. */
  open(sealed: Buffer, aad: string): string;
  /** Keyed hashes (32 bytes) by which a value is found without being stored: in the order of `keyIds`. */
  blindIndexes(kind: string, value: string): Buffer[];
}

interface Keys {
  id: string;
  /** How each value begins that this key sealed. */
  header: Buffer;
  encryption: KeyObject;
  index: KeyObject;
}

function derive(dataKey: Buffer): Keys {
  if (dataKey.length !== DATA_KEY_BYTES) {
    throw new DatabaseError('key', `DATA_KEY must be ${DATA_KEY_BYTES} bytes, not ${dataKey.length}`);
  }
  // One use, one key: what leaks through one of them (an index, an id in a row) says nothing about the others.
  const part = (use: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', dataKey, Buffer.alloc(0), `kaquan/1/${use}`, bytes));
  const idBytes = part('key id', KEY_ID_BYTES);
  return {
    id: idBytes.toString('hex'),
    header: Buffer.concat([Buffer.of(VERSION), idBytes]),
    encryption: createSecretKey(part('encryption', 32)),
    index: createSecretKey(part('blind index', 32)),
  };
}

const GCM = { authTagLength: TAG_BYTES };

/** What a sealed value is tied to, beside its key: the header before it and the place where it stands. */
function boundTo(header: Buffer, aad: string): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + Buffer.byteLength(aad));
  header.copy(bytes);
  bytes.write(aad, HEADER_BYTES);
  return bytes;
}

/** What a row that neither key opens means, in the operator's words. */
export function wrongDataKey(): DatabaseError {
  return new DatabaseError(
    'key',
    'DATA_KEY is not the key that this database was written with (after a change, give the old one as DATA_KEY_PREVIOUS)',
  );
}

/** Seals with `dataKey`; opens, and finds by blind index, what was written with either key. Both are 32 bytes. */
export function createCipher(dataKey: Buffer, previous?: Buffer): Cipher {
  const current = derive(dataKey);
  const ring = previous === undefined || previous.equals(dataKey) ? [current] : [current, derive(previous)];

  return {
    keyId: current.id,
    keyIds: ring.map(({ id }) => id),

    seal(plain, aad) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', current.encryption, nonce);
      cipher.setAAD(boundTo(current.header, aad));
      return Buffer.concat([current.header, nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    },

    open(sealed, aad) {
      if (sealed.length < HEADER_BYTES + NONCE_BYTES + TAG_BYTES || sealed[0] !== VERSION) {
        throw new DatabaseError('corrupt', 'a sealed value in the database has an unknown form');
      }
      const keys = ring.find(({ header }) => sealed.compare(header, 0, HEADER_BYTES, 0, HEADER_BYTES) === 0);
      if (!keys) throw wrongDataKey();
      const nonce = sealed.subarray(HEADER_BYTES, HEADER_BYTES + NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', keys.encryption, nonce, GCM);
      decipher.setAAD(boundTo(keys.header, aad));
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      try {
        const plain = decipher.update(sealed.subarray(HEADER_BYTES + NONCE_BYTES, -TAG_BYTES));
        // Brings no more bytes, since GCM has no padding, but throws where the tag does not fit.
        decipher.final();
        return plain.toString('utf8');
      } catch (cause) {
        throw new DatabaseError('corrupt', 'a sealed value in the database was altered or moved', { cause });
      }
    },

    blindIndexes(kind, value) {
      return ring.map(({ index }) => createHmac('sha256', index).update(`${kind}\0${value}`).digest());
    },
  };
}
