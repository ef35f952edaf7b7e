import { type Cipher } from '../../database/cipher.js';
import { type PersonData } from './fields.js';

/**
 * Search without storing what is searched: for each person the index holds keyed hashes of the two-character pieces
 * (and single characters outside ASCII) of name, mobile and e-mail.
 *
 * Whoever steals the database without DATA_KEY sees only which people share a piece. The hashes are cut to 12 bits, so
 * that many pieces share each number and how often a number occurs does not tell which name or syllable it is; what
 * stays visible is that some pieces are very common (the pairs of digits in mobiles). With fewer bits searches would
 * decrypt more rows in vain, with more the frequencies would tell more. False hits are impossible: each candidate is
 * decrypted and compared as text.
 */
const GRAM_BITS = 12;
/** More pieces would hardly narrow the candidates. */
const MAX_GRAMS_ASKED = 8;

/** What two texts are compared by: no case, no width (ＡＢ = ab), one kind of space. */
function searchText(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
}

function pairs(text: string): string[] {
  const characters = Array.from(text);
  return characters.slice(1).map((character, place) => `${characters[place] ?? ''}${character}`);
}

/** Single characters outside ASCII. A single letter or digit occurs in nearly everyone: it would filter nothing. */
function singles(text: string): string[] {
  return Array.from(text).filter((character) => character > '\x7f');
}

function searched(data: PersonData): string[] {
  return [data.name, data.mobile, data.email].filter((text) => text !== null).map(searchText);
}

/** The hash of a piece under each key, current first. */
function gramNumbers(cipher: Cipher, piece: string): number[] {
  return cipher.blindIndexes('gram', piece).map((hash) => hash.readUInt16BE(0) >> (16 - GRAM_BITS));
}

/** What the index holds for a person, under the current key. */
export function gramsOf(cipher: Cipher, data: PersonData): number[] {
  const pieces = new Set(searched(data).flatMap((text) => [...pairs(text), ...singles(text)]));
  return [...new Set([...pieces].map((piece) => gramNumbers(cipher, piece)[0] ?? 0))];
}

export interface Search {
  /** Candidates have all grams of one of these sets; undefined: everyone is a candidate. */
  gramSets: number[][] | undefined;
  matches(data: PersonData): boolean;
}

/** What a search text asks for; undefined where it is blank. */
export function parseSearch(cipher: Cipher, text: string): Search | undefined {
  const needle = searchText(text);
  if (needle === '') return undefined;
  // Mobiles are stored as 11 digits, but typed as +86 138-0013-8000.
  const looksLikeMobile = /^\+?[\d -]{5,}$/.test(needle);
  const needles = new Set([
    needle,
    ...(looksLikeMobile ? [needle.replace(/[ -]/g, '').replace(/^(\+86|0086)/, '')] : []),
  ]);
  needles.delete('');

  const gramSets: number[][] = [];
  for (const each of needles) {
    const pieces = pairs(each).slice(0, MAX_GRAMS_ASKED);
    if (pieces.length === 0) pieces.push(...singles(each));
    for (const place of cipher.keyIds.keys()) {
      gramSets.push([...new Set(pieces.map((piece) => gramNumbers(cipher, piece)[place] ?? 0))]);
    }
  }
  return {
    gramSets: gramSets.some(({ length }) => length === 0) ? undefined : gramSets,
    matches: (data) => searched(data).some((value) => [...needles].some((each) => value.includes(each))),
  };
}
