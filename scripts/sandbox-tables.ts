import { CAMPUS_BEHAVIOURS, type CampusBehaviour } from '../src/sandbox/campus-people.js';
import { ACTIVITY_CODES } from '../src/sandbox/campus-start.js';
import { INVENTED_PEOPLE, SANDBOX_CODES } from '../src/sandbox/index.js';
import { SANDBOX_ALIPAY_ACCOUNTS } from '../src/sandbox/zhima-tokens.js';
import { ZVCMS_USERS } from '../src/sandbox/zvcms-data.js';
import { type Language, table, type Words } from './markdown.js';

type Person = (typeof INVENTED_PEOPLE)[number];

const QR_CODE: Words = { en: 'a QR code', zh: '二维码' };
/** What each way of the vendors' servers looks like from the graph; a test asks the graph for every one of them. */
const VOUCHERS: Record<CampusBehaviour, Words> = {
  limited: {
    en: '`VENDOR_THROTTLED`: the vendor limits how often it is asked',
    zh: '`VENDOR_THROTTLED`：供应商限流',
  },
  'not-invited': {
    en: '`VENDOR_REJECTED`: the person is not invited',
    zh: '`VENDOR_REJECTED`：此人不在邀请名单里',
  },
  unreadable: {
    en: '`VENDOR_REJECTED`: the vendor cannot read the member',
    zh: '`VENDOR_REJECTED`：供应商无法解析会员信息',
  },
  flaky: {
    en: 'a QR code: the first call fails, and the server asks again',
    zh: '二维码：第一次调用失败，服务器自动重试',
  },
  broken: {
    en: '`VENDOR_UNAVAILABLE`: a fault that the vendor says not to ask again about',
    zh: '`VENDOR_UNAVAILABLE`：供应商故障，且言明不必重试',
  },
};
const GIFT_CARDS: Record<keyof typeof ZVCMS_USERS, Words> = {
  severalCards: {
    en: '3 cards, one of them used up, and a recycled one; balance 128.50',
    zh: '3 张，其中 1 张已用完，另有 1 张已回收；余额 128.50',
  },
  noCards: { en: '0 cards; balance 0.00', zh: '0 张；余额 0.00' },
  unknownStatus: {
    en: '2 cards, one in a status that no document knows: `UNKNOWN`; balance 5.00',
    zh: '2 张，其中 1 张的状态在供应商文档里查不到：`UNKNOWN`；余额 5.00',
  },
  unreadableBalance: {
    en: '2 cards, one with a balance that cannot be read; balance null',
    zh: '2 张，其中 1 张的余额无法解析；余额为 null',
  },
  everyStatus: {
    en: '7 cards, one in each status, and a recycled one; balance 0.00',
    zh: '7 张，每种状态各 1 张，另有 1 张已回收；余额 0.00',
  },
  oddSpellings: {
    en: "2 cards, with the vendor's other spellings of dates, money and nothing; balance 0.00",
    zh: '2 张，日期、金额和空值用的是供应商的另一套写法；余额 0.00',
  },
  unknownYetBound: {
    en: '2 cards, one bound in a status that no document knows, and a recycled one; balance 25.00',
    zh: '2 张，其中 1 张已绑定、状态在供应商文档里查不到，另有 1 张已回收；余额 25.00',
  },
};
const CODES: Record<keyof typeof SANDBOX_CODES, Words> = {
  redeemable: { en: '`redeemable: true`', zh: '`redeemable: true`' },
  redeemed: {
    en: '`redeemable: false`, as for every code that is not in this table: the vendor does not tell which',
    zh: '`redeemable: false`；表中没有的兑换码也一律如此：供应商不区分“已兑换”和“不存在”',
  },
  universal: { en: '`redeemable: true`: a code for everybody', zh: '`redeemable: true`：通用码，人人可用' },
  refused: { en: '`VENDOR_REJECTED`', zh: '`VENDOR_REJECTED`' },
};

const incomplete = (language: Language, ...missing: string[]) =>
  `\`PERSON_INCOMPLETE\`${language === 'en' ? ', missing ' : '，缺 '}${missing
    .map((field) => `\`${field}\``)
    .join(language === 'en' ? ', ' : '、')}`;

function voucherOf({ mobile }: Person, language: Language): string {
  if (mobile === undefined) return incomplete(language, 'mobile');
  const behaviour = CAMPUS_BEHAVIOURS[mobile];
  return (behaviour === undefined ? QR_CODE : VOUCHERS[behaviour])[language];
}

function giftCardsOf({ zvcmsUserId }: Person, language: Language): string {
  const [key] = Object.entries(ZVCMS_USERS).find(([, id]) => id === zvcmsUserId) ?? [];
  return key === undefined
    ? incomplete(language, 'zvcmsUserId')
    : GIFT_CARDS[key as keyof typeof ZVCMS_USERS][language];
}

function checkOf(alipayUserId: string | undefined, language: Language): string {
  const account = SANDBOX_ALIPAY_ACCOUNTS[alipayUserId ?? ''];
  if (!account) return incomplete(language, 'alipayUserId', 'alipayOpenId', 'idNumber');
  return wordsOfOutcome(account)[language];
}

function wordsOfOutcome({ outcome, atOnce }: (typeof SANDBOX_ALIPAY_ACCOUNTS)[string]): Words {
  if (typeof outcome === 'object')
    return { en: `\`REFUSED\` with \`${outcome.refusal}\``, zh: `\`REFUSED\`，原因 \`${outcome.refusal}\`` };
  if (outcome === 'NEVER')
    return { en: '`WAITING` for ever: the person never confirms', zh: '一直 `WAITING`：此人始终不确认' };
  if (outcome === 'LOST')
    return {
      en: '`VENDOR_UNAVAILABLE`: the answer is lost on its way; then `LOST`',
      zh: '`VENDOR_UNAVAILABLE`：应答在途中丢失；之后为 `LOST`',
    };
  const verdict = outcome === 'SUCCESS' ? '`TRUSTED`' : '`NOT_TRUSTED`';
  return atOnce
    ? { en: `${verdict} at once`, zh: `立即 ${verdict}` }
    : { en: `\`WAITING\` for three seconds, then ${verdict}`, zh: `先 \`WAITING\` 三秒，然后 ${verdict}` };
}

const HEADS = {
  people: {
    en: ['name', 'mobile', 'email', 'voucher', 'gift cards', 'identity check'],
    zh: ['姓名', '手机号', '邮箱', '通行码（voucher）', '礼品卡', '身份核验'],
  },
  codes: { en: ['exchange code', 'answer'], zh: ['兑换码', '应答'] },
  accounts: { en: ['userId', 'openId', 'a check of it', 'whose'], zh: ['userId', 'openId', '核验结果', '账号属于'] },
};

export function peopleTable(language: Language): string[] {
  const rows = INVENTED_PEOPLE.map((person) => [
    person.name,
    person.mobile ?? '',
    person.email ?? '',
    voucherOf(person, language),
    giftCardsOf(person, language),
    checkOf(person.alipayUserId, language),
  ]);
  const events = ACTIVITY_CODES.map((code) => `\`${code}\``);
  const said: Words = {
    en: `The events are ${events.join(' and ')}; any other \`activityCode\` is \`BAD_USER_INPUT\`.`,
    zh: `活动有 ${events.join(' 和 ')}；其他 \`activityCode\` 一律是 \`BAD_USER_INPUT\`。`,
  };
  return [...table(HEADS.people[language], ...rows), '', said[language]];
}

export function codesTable(language: Language): string[] {
  const rows = Object.entries(SANDBOX_CODES).map(([key, code]) => [
    `\`${code}\``,
    CODES[key as keyof typeof CODES][language],
  ]);
  return table(HEADS.codes[language], ...rows);
}

export function accountsTable(language: Language): string[] {
  const rows = Object.entries(SANDBOX_ALIPAY_ACCOUNTS).map(([userId, { openId }]) => [
    `\`${userId}\``,
    `\`${openId}\``,
    checkOf(userId, language),
    INVENTED_PEOPLE.find(({ alipayUserId }) => alipayUserId === userId)?.name ?? '',
  ]);
  return table(HEADS.accounts[language], ...rows);
}
