import { type BenchPerson, maskMobile, maskName } from './people.js';
import { balanceOf, cardId, isRedeemable, voucherStart } from './vendors/expected.js';

/** What is wrong, in a few words; undefined where nothing is. */
export type Problem = string | undefined;

/** Answers as they may be: nothing of them is trusted before it is compared. */
export type Data = Record<string, unknown>;
type Row = Record<string, unknown> | null | undefined;

/** The first problem of several checks. */
export function firstProblem(...problems: Problem[]): Problem {
  return problems.find((problem) => problem !== undefined);
}

export function same(what: string, got: unknown, expected: unknown): Problem {
  return got === expected ? undefined : `${what} is ${JSON.stringify(got)} instead of ${JSON.stringify(expected)}`;
}

export function rowsOf(value: unknown): Row[] {
  return Array.isArray(value) ? (value as Row[]) : [];
}

export function checkMasked(row: Row, person: BenchPerson, names = ['maskedName', 'maskedMobile']): Problem {
  const [name = '', mobile = ''] = names;
  return firstProblem(
    same('id', row?.['id'], person.id),
    same(name, row?.[name], maskName(person.name)),
    same(mobile, row?.[mobile], maskMobile(person.mobile)),
  );
}

export function checkVoucher(value: unknown, person: BenchPerson): Problem {
  const voucher = value as Row;
  const code = voucher?.['qrCode'];
  if (typeof code !== 'string' || !code.startsWith(voucherStart(person.mobile)))
    return `qrCode is ${String(code)} instead of one of ${person.mobile}`;
  // A voucher of some minutes, just issued.
  const lives = Date.parse(String(voucher?.['expiresAt'])) - Date.now();
  return lives > 200_000 && lives <= 301_000 ? undefined : `expiresAt is ${String(voucher?.['expiresAt'])}`;
}

/** All cards of the person, in the vendor's order, each with its own balance. */
export function checkCards(value: unknown, person: BenchPerson): Problem {
  const cards = rowsOf(value);
  if (cards.length !== person.cards) return `there are ${cards.length} cards instead of ${person.cards}`;
  for (const [number, card] of cards.entries()) {
    const balance = card?.['balance'] as Row;
    const problem = firstProblem(
      same('card id', card?.['id'], cardId(person.number, number)),
      same('balance', balance?.['amount'], balanceOf(person.number, number)),
      same('status', card?.['status'], 'BOUND'),
      same('title', card?.['title'], '新年卡'),
    );
    if (problem !== undefined) return problem;
  }
  return undefined;
}

export function checkCodes(value: unknown, codes: readonly string[]): Problem {
  const rows = rowsOf(value);
  return firstProblem(
    same('number of codes', rows.length, codes.length),
    ...codes.flatMap((code, at) => [
      same('code', rows[at]?.['code'], code),
      same('redeemable', rows[at]?.['redeemable'], isRedeemable(code)),
    ]),
  );
}
