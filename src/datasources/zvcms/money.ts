export type MoneyUnit = 'yuan' | 'fen';

const AMOUNT = /^(\d{1,18})(?:\.(\d{1,18}))?$/;
const ZEROS_AT_END = /0+$/;

/**
 * Reads an amount exactly, digit by digit, as whole fen; null where the text is anything but a plain, non-negative
 * decimal of at most two decimals (in yuan; none in fen) after trailing zeros. No float at any point: 0.29 * 100 is 28.999….
 */
export function parseFen(text: string, unit: MoneyUnit): bigint | null {
  const [, whole = '', decimals = ''] = AMOUNT.exec(text) ?? [];
  const digits = unit === 'yuan' ? 2 : 0;
  const significant = decimals.endsWith('0') ? decimals.replace(ZEROS_AT_END, '') : decimals;
  if (whole === '' || significant.length > digits) return null;
  return BigInt(whole + significant.padEnd(digits, '0'));
}

/** What a float holds to the last digit, and calculates with many times faster. */
const EXACT = BigInt(Number.MAX_SAFE_INTEGER);

/** Prints fen as exact decimal text in yuan with two digits: 12850n → "128.50". */
export function formatFen(fen: bigint): string {
  if (fen >= 0n && fen <= EXACT) {
    const number = Number(fen);
    const cents = number % 100;
    return `${(number - cents) / 100}.${cents < 10 ? '0' : ''}${cents}`;
  }
  const digits = (fen < 0n ? -fen : fen).toString().padStart(3, '0');
  return `${fen < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
