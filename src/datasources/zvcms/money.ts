export type MoneyUnit = 'yuan' | 'fen';

/**
 * Reads an amount exactly, digit by digit, as whole fen; null where the text is anything but a plain, non-negative
 * decimal of at most two decimals (in yuan; none in fen) after trailing zeros. No float at any point: 0.29 * 100 is 28.999….
 */
export function parseFen(text: string, unit: MoneyUnit): bigint | null {
  const [, whole = '', decimals = ''] = /^(\d{1,18})(?:\.(\d{1,18}))?$/.exec(text) ?? [];
  const digits = unit === 'yuan' ? 2 : 0;
  const significant = decimals.replace(/0+$/, '');
  if (whole === '' || significant.length > digits) return null;
  return BigInt(whole + significant.padEnd(digits, '0'));
}

/** Prints fen as exact decimal text in yuan with two digits: 12850n → "128.50". */
export function formatFen(fen: bigint): string {
  const digits = (fen < 0n ? -fen : fen).toString().padStart(3, '0');
  return `${fen < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
