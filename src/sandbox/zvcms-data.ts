/** A number in production's answers, text in the documented ones; always the exact digits. */
export class Digits {
  constructor(readonly text: string) {}
}

export type AnswerValue = null | string | boolean | Digits | AnswerValue[] | { [name: string]: AnswerValue };

const digits = (text: string) => new Digits(text);

/** The user ids for which the sandbox has an answer of its own; anyone else has no cards. All of them are invented. */
export const ZVCMS_USERS = {
  /** Two bound cards with 128.50 yuan on them together, one used up, and a recycled one. */
  severalCards: '700000000000000001',
  /** `data: []`. */
  noCards: '700000000000000002',
  /** A card in a status that the documents do not know, beside a good one. */
  unknownStatus: '700000000000000003',
  /** A bound card whose balance cannot be read, beside a good one. */
  unreadableBalance: '700000000000000004',
  /** A card in each status, 0 to 7. */
  everyStatus: '700000000000000005',
  /** The other spellings of dates, absence and money. */
  oddSpellings: '700000000000000006',
  /** A card in a status that the documents do not know and that is bound nevertheless, beside one bound by both, and a recycled one. */
  unknownYetBound: '700000000000000007',
} as const;

/** The exchange codes for which the sandbox has an answer of its own; any other code is unknown, which is `false`. */
export const ZVCMS_CODES = {
  redeemable: '900000000000000000001',
  redeemed: '900000000000000000002',
  universal: 'WELCOME2026',
  /** Refused with status true and code 200123. */
  refused: '900000000000000000003',
} as const;

const STATUS_TEXTS = ['未知', '未绑定', '赠送中', '已赠送', '已绑定', '已过期', '已回收', '已用完'];
const RECYCLED = '6';

/** A card as documented: `par_value` is what is left, `deduct_amount` what it was issued for. */
function card(id: string, status: string, members: Record<string, AnswerValue> = {}): Record<string, AnswerValue> {
  return {
    id: digits(id),
    gift_card_id: digits('610000000000000077'),
    gift_title: '礼品卡',
    cover: 'https://cards.example/cover.png',
    par_value: digits('0.00'),
    deduct_amount: digits('100.00'),
    status: digits(status),
    status_desc: STATUS_TEXTS[Number(status)] ?? '新状态',
    bind_status: digits(status === '4' ? '1' : '0'),
    validType: digits('1'),
    expired_desc: '长期有效',
    isErp: digits('0'),
    beginAt: '',
    endAt: '',
    createdAt: '2026-01-02 03:04:05',
    ...members,
  };
}

const FIXED_DATES = {
  validType: digits('3'),
  expired_desc: '2026-02-01 至 2027-01-31',
  beginAt: '2026-02-01 00:00:00',
  endAt: '2027-01-31 23:59:59',
};

const CARDS: Record<string, Record<string, AnswerValue>[]> = {
  [ZVCMS_USERS.severalCards]: [
    card('710000000000000011', '4', { gift_title: '新年卡', par_value: digits('100.00') }),
    card('710000000000000012', '4', {
      ...FIXED_DATES,
      gift_title: '生日卡',
      par_value: digits('28.50'),
      deduct_amount: digits('50.00'),
      isErp: digits('1'),
    }),
    card('710000000000000013', '7', { gift_title: '咖啡卡' }),
    card('710000000000000014', RECYCLED, { gift_title: '旧卡' }),
  ],
  [ZVCMS_USERS.noCards]: [],
  [ZVCMS_USERS.unknownStatus]: [
    card('710000000000000031', '9', { par_value: digits('20.00') }),
    card('710000000000000032', '4', { par_value: digits('5.00') }),
  ],
  [ZVCMS_USERS.unknownYetBound]: [
    card('710000000000000071', '9', { par_value: digits('20.00'), bind_status: digits('1') }),
    card('710000000000000072', '4', { par_value: digits('5.00') }),
    card('710000000000000073', RECYCLED, { par_value: digits('1.00') }),
  ],
  [ZVCMS_USERS.unreadableBalance]: [
    card('710000000000000041', '4', { par_value: '一百元' }),
    card('710000000000000042', '4', { par_value: digits('5.00') }),
  ],
  [ZVCMS_USERS.everyStatus]: STATUS_TEXTS.map((_, status) => card(`71000000000000005${status}`, String(status))),
  [ZVCMS_USERS.oddSpellings]: [
    card('710000000000000061', '1', {
      cover: null,
      par_value: '',
      deduct_amount: digits('0.5'),
      // Disagrees with the status, which wins.
      bind_status: digits('1'),
      validType: digits('2'),
      beginAt: '2026-03-01',
      endAt: digits('1798732799'),
      createdAt: digits('1767294245000'),
    }),
    card('710000000000000062', '3', {
      cover: 'javascript:alert(1)',
      par_value: digits('90071992547409.93'),
      deduct_amount: digits('1.234'),
      validType: digits('8'),
      beginAt: '0000-00-00 00:00:00',
      endAt: '2026-02-30 00:00:00',
      createdAt: null,
    }),
  ],
};

/** The cards of a user; recycled ones only where `needCycleCard` is 1. */
export function cardsOf(userId: string, withRecycled: boolean): Record<string, AnswerValue>[] {
  const cards = CARDS[userId] ?? [];
  return cards.filter(({ status }) => withRecycled || !(status instanceof Digits && status.text === RECYCLED));
}
