import { CAMPUS_BEHAVIOURS, type CampusBehaviour } from '../src/sandbox/campus-people.js';
import { ACTIVITY_CODES } from '../src/sandbox/campus-start.js';
import { INVENTED_PEOPLE, SANDBOX_CODES } from '../src/sandbox/index.js';
import { SANDBOX_ALIPAY_ACCOUNTS } from '../src/sandbox/zhima-tokens.js';
import { ZVCMS_USERS } from '../src/sandbox/zvcms-data.js';
import { table } from './markdown.js';

type Person = (typeof INVENTED_PEOPLE)[number];

/** What each way of the vendors' servers looks like from the graph; a test asks the graph for every one of them. */
const VOUCHERS: Record<CampusBehaviour, string> = {
  limited: '`VENDOR_THROTTLED`: the vendor limits how often it is asked',
  'not-invited': '`VENDOR_REJECTED`: the person is not invited',
  unreadable: '`VENDOR_REJECTED`: the vendor cannot read the member',
  flaky: 'a QR code: the first call fails, and the server asks again',
  broken: '`VENDOR_UNAVAILABLE`: a fault that the vendor says not to ask again about',
};
const GIFT_CARDS: Record<keyof typeof ZVCMS_USERS, string> = {
  severalCards: '3 cards, one of them used up, and a recycled one; balance 128.50',
  noCards: '0 cards; balance 0.00',
  unknownStatus: '2 cards, one in a status that no document knows: `UNKNOWN`; balance 5.00',
  unreadableBalance: '2 cards, one with a balance that cannot be read; balance null',
  everyStatus: '7 cards, one in each status, and a recycled one; balance 0.00',
  oddSpellings: "2 cards, with the vendor's other spellings of dates, money and nothing; balance 0.00",
  unknownYetBound: '2 cards, one bound in a status that no document knows, and a recycled one; balance 25.00',
};
const CODES: Record<keyof typeof SANDBOX_CODES, string> = {
  redeemable: '`redeemable: true`',
  redeemed: '`redeemable: false`, as for every code that is not in this table: the vendor does not tell which',
  universal: '`redeemable: true`: a code for everybody',
  refused: '`VENDOR_REJECTED`',
};

function voucherOf({ mobile }: Person): string {
  if (mobile === undefined) return '`PERSON_INCOMPLETE`, missing `mobile`';
  const behaviour = CAMPUS_BEHAVIOURS[mobile];
  return behaviour === undefined ? 'a QR code' : VOUCHERS[behaviour];
}

function giftCardsOf({ zvcmsUserId }: Person): string {
  const [key] = Object.entries(ZVCMS_USERS).find(([, id]) => id === zvcmsUserId) ?? [];
  return key === undefined ? '`PERSON_INCOMPLETE`, missing `zvcmsUserId`' : GIFT_CARDS[key as keyof typeof ZVCMS_USERS];
}

function checkOf(alipayUserId: string | undefined): string {
  const account = SANDBOX_ALIPAY_ACCOUNTS[alipayUserId ?? ''];
  if (!account) return '`PERSON_INCOMPLETE`, missing `alipayUserId`, `alipayOpenId`, `idNumber`';
  const { outcome, atOnce } = account;
  if (typeof outcome === 'object') return `\`REFUSED\` with \`${outcome.refusal}\``;
  if (outcome === 'NEVER') return '`WAITING` for ever: the person never confirms';
  if (outcome === 'LOST') return '`VENDOR_UNAVAILABLE`: the answer is lost on its way; then `LOST`';
  const verdict = outcome === 'SUCCESS' ? '`TRUSTED`' : '`NOT_TRUSTED`';
  return atOnce ? `${verdict} at once` : `\`WAITING\` for three seconds, then ${verdict}`;
}

export function peopleTable(): string[] {
  const rows = INVENTED_PEOPLE.map((person) => [
    person.name,
    person.mobile ?? '',
    person.email ?? '',
    voucherOf(person),
    giftCardsOf(person),
    checkOf(person.alipayUserId),
  ]);
  return [
    ...table(['name', 'mobile', 'email', 'voucher', 'gift cards', 'identity check'], ...rows),
    '',
    `The events are ${ACTIVITY_CODES.map((code) => `\`${code}\``).join(' and ')}; any other \`activityCode\` is \`BAD_USER_INPUT\`.`,
  ];
}

export function codesTable(): string[] {
  const rows = Object.entries(SANDBOX_CODES).map(([key, code]) => [`\`${code}\``, CODES[key as keyof typeof CODES]]);
  return table(['exchange code', 'answer'], ...rows);
}

export function accountsTable(): string[] {
  const rows = Object.entries(SANDBOX_ALIPAY_ACCOUNTS).map(([userId, { openId }]) => [
    `\`${userId}\``,
    `\`${openId}\``,
    checkOf(userId),
    INVENTED_PEOPLE.find(({ alipayUserId }) => alipayUserId === userId)?.name ?? '',
  ]);
  return table(['userId', 'openId', 'a check of it', 'whose'], ...rows);
}
