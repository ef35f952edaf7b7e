import { type Cipher } from '../../database/cipher.js';

/**
 * Finds people by the last four digits of their mobile. There are only 10,000 of these: a whole blind index could be read
 * like a book by whoever knows some of the people. Cut to 10 bits, about ten endings share each number; each hit is
 * decrypted and compared. With fewer bits a search would decrypt more in vain, with more the column would tell more.
 */
const TAIL_BITS = 10;
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

/** What the column holds for a tail under each key, current first. */
export function tailNumbers(cipher: Cipher, tail: string): number[] {
  return cipher.blindIndexes('mobile tail', tail).map((hash) => hash.readUInt16BE(0) >> (16 - TAIL_BITS));
}

/** What the column holds for a person, under the current key. */
export function tailColumn(cipher: Cipher, mobile: string | null): number {
  return mobile === null ? NO_MOBILE : (tailNumbers(cipher, mobileTail(mobile))[0] ?? NO_MOBILE);
}
