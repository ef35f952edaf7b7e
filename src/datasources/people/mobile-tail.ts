import { createCipheriv } from 'node:crypto';
import { type Cipher } from '../../database/cipher.js';

/*
 * Finds people by the last four digits of their mobile. There are only 10,000 of these: a blind index of them could be
 * read like a book by whoever knows some of the people. So the digits are shuffled with the key and ten share each of
 * 1,000 numbers; each hit is decrypted and compared. More to a number and a search would decrypt more in vain, fewer and
 * the column would tell more. A cut hash would leave some endings alone with their number; a shuffle gives each nine others.
 */
const ENDINGS = 10_000;
const NUMBERS = 1_000;
const DIGITS = 4;
/** A number of its own, so that people without a mobile are known from those whose row is still to be filled in. */
const NO_MOBILE = -1;

export function mobileTail(mobile: string): string {
  return mobile.slice(-DIGITS);
}

/** The last four digits that a search asks for, or undefined where it asks for something else. */
export function tailAsked(needle: string): string | undefined {
  return /^\d{4}$/.test(needle) ? needle : undefined;
}

/** For each key, current first: the number of each ending. */
const shuffles = new WeakMap<Cipher, Uint16Array[]>();

function shufflesOf(cipher: Cipher): Uint16Array[] {
  let made = shuffles.get(cipher);
  if (!made) {
    made = cipher.blindIndexes('mobile tail', 'order').map(shuffle);
    shuffles.set(cipher, made);
  }
  return made;
}

/** Fisher and Yates's shuffle, drawn from AES in counter mode under a secret of 32 bytes. */
function shuffle(secret: Buffer): Uint16Array {
  const draws = createCipheriv('aes-256-ctr', secret, Buffer.alloc(16)).update(Buffer.alloc(4 * ENDINGS));
  const order = Uint16Array.from({ length: ENDINGS }, (_, place) => place % NUMBERS);
  for (let place = ENDINGS - 1; place > 0; place -= 1) {
    const other = draws.readUInt32LE(4 * place) % (place + 1);
    [order[place], order[other]] = [order[other] ?? 0, order[place] ?? 0];
  }
  return order;
}

/** What the column holds for four digits under each key, current first. */
export function tailNumbers(cipher: Cipher, tail: string): number[] {
  return shufflesOf(cipher).map((order) => order[Number(tail)] ?? NO_MOBILE);
}

/** What the column holds for a person, under the current key. */
export function tailColumn(cipher: Cipher, mobile: string | null): number {
  return mobile === null ? NO_MOBILE : (tailNumbers(cipher, mobileTail(mobile))[0] ?? NO_MOBILE);
}
