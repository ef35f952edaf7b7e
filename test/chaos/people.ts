import { createHash } from 'node:crypto';
import { cardsOf, Digits, ZVCMS_USERS } from '../../src/sandbox/zvcms-data.js';

/** Some whom the vendor of identity checks treats in a way of their own; everybody else is trusted after a while. */
const ACCOUNTS = ['2088000000000001', '2088000000000002', '2088000000000004', '2088000000000006'];
const NOT_TRUSTED = 1;
const REFUSED = 2;
const TRUSTED_AT_ONCE = 3;
/** The only ones with gift cards. */
const CARD_USERS = Object.values(ZVCMS_USERS);

/** Everything about the person with a number follows from it, so that an answer shows by itself whose it is. */
export const nameOf = (n: number) => `混沌${n}`;
export const mobileOf = (n: number) => `13${100_000_000 + n}`;
export const emailOf = (n: number, version: number) => `v${version}.${n}@example.com`;
const alipayUserIdOf = (n: number) => ACCOUNTS[n] ?? `20881${String(n).padStart(11, '0')}`;
const zvcmsUserIdOf = (n: number) => CARD_USERS[n] ?? `7100000${String(n).padStart(11, '0')}`;

export const inputOf = (n: number) => ({
  name: nameOf(n),
  mobile: mobileOf(n),
  email: emailOf(n, 0),
  zvcmsUserId: zvcmsUserIdOf(n),
  alipayUserId: alipayUserIdOf(n),
});

export const numberOf = (name: unknown): number => Number(/^混沌(\d+)$/.exec(String(name))?.[1] ?? NaN);

export const versionOf = (n: number, email: unknown): number => {
  const [, version, of] = /^v(\d+)\.(\d+)@example\.com$/.exec(String(email)) ?? [];
  return Number(of) === n ? Number(version) : NaN;
};

/** The text of the person's static code for event 1, by the rule of the vendor's local server. */
export const codeOf = (n: number) =>
  `S${createHash('sha256')
    .update(`1|${mobileOf(n)}`)
    .digest('hex')
    .slice(0, 24)}`;

export const cardIdsOf = (n: number): string[] =>
  cardsOf(zvcmsUserIdOf(n), false).map(({ id }) => (id instanceof Digits ? id.text : ''));

/** The vendor's verdict, where nothing comes in between. */
export function verdictOf(n: number): string {
  if (n === NOT_TRUSTED) return 'NOT_TRUSTED';
  return n === REFUSED ? 'REFUSED' : 'TRUSTED';
}

/** How long after it is first asked the vendor tells that: the first question from then on spends the token. */
export const verdictAfterMs = (n: number) => ([REFUSED, TRUSTED_AT_ONCE].includes(n) ? 0 : 3_000);

export const merchantIdentityIdOf = (n: number) => `V1_${createHash('md5').update(alipayUserIdOf(n)).digest('hex')}`;
