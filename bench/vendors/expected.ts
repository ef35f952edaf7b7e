/** What the stub answers to whom, written a third time, so that answers can be checked. */

/** "7", eight digits of the person's number, four of how many cards: the stub reads from the id what to answer. */
export function zvcmsUserId(person: number, cards: number): string {
  return `7${String(person).padStart(8, '0')}${String(cards).padStart(4, '0')}`;
}

export function cardId(person: number, card: number): string {
  return `71${String(person).padStart(8, '0')}${String(card).padStart(8, '0')}`;
}

/** In yuan, with two digits. */
export function balanceOf(person: number, card: number): string {
  const fen = String((person * 7919 + card * 10473) % 50_000).padStart(3, '0');
  return `${fen.slice(0, -2)}.${fen.slice(-2)}`;
}

/** A code of 21 digits; it can be redeemed where the last one is even. */
export function exchangeCode(number: number): string {
  return `9${String(number).padStart(20, '0')}`;
}

export function isRedeemable(code: string): boolean {
  return Number(code.at(-1)) % 2 === 0;
}

/** How each voucher of that person begins; what follows counts up. */
export function voucherStart(mobile: string): string {
  return `D${mobile}-`;
}
