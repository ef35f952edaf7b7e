import { type AccountKind, accountKey, ACCOUNTS, type PersonData } from './fields.js';
import { mobileTail, tailAsked } from './mobile-tail.js';

/** What two texts are compared by: no case, no width (ＡＢ = ab), one kind of space. */
export function searchText(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
}

/**
 * What a search text asks for: everybody with exactly this account, or everybody whose name contains it and, where it is
 * four digits, everybody whose mobile ends so. Nothing shorter of a mobile or an e-mail is matched: with parts one could
 * ask one's way to the whole.
 */
export type Search = { kind: AccountKind; key: string } | { kind: null; text: string; tail: string | undefined };

/** Undefined where the text is blank. */
export function parseSearch(text: string): Search | undefined {
  const needle = searchText(text);
  if (needle === '') return undefined;
  for (const kind of ['mobile', 'email'] as const) {
    const account = ACCOUNTS[kind].normalise(needle);
    if (account !== undefined) return { kind, key: accountKey(kind, account) };
  }
  return { kind: null, text: needle, tail: tailAsked(needle) };
}

export function nameMatches({ name }: PersonData, text: string): boolean {
  return searchText(name).includes(text);
}

export function tailMatches({ mobile }: PersonData, tail: string | undefined): boolean {
  return tail !== undefined && mobile !== null && mobileTail(mobile) === tail;
}
