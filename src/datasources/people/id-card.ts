/** Weights and check characters of an id card's last place (GB 11643, ISO 7064 mod 11-2). */
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_CHARACTERS = '10X98765432';

/**
 * The number of a mainland id card, trimmed and in capitals, or undefined where it cannot be one. GB 11643: six digits of
 * the region, the birth date, a serial of three, and a check character.
 */
export function normaliseIdCard(value: string): string | undefined {
  const id = value.trim().toUpperCase();
  const [, year = '', month = '', day = ''] = /^[1-9]\d{5}((?:19|20)\d{2})(\d{2})(\d{2})\d{3}[\dX]$/.exec(id) ?? [];
  if (year === '') return undefined;
  // Date takes February 30th for March 1st or 2nd; the text it gives back tells.
  const born = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const isRealDate = born.toISOString().startsWith(`${year}-${month}-${day}`) && born.getTime() <= Date.now();
  const sum = WEIGHTS.reduce((total, weight, place) => total + weight * Number(id[place]), 0);
  return isRealDate && CHECK_CHARACTERS[sum % 11] === id[17] ? id : undefined;
}
