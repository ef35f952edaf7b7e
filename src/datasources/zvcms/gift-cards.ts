import { isObject } from '../transport/exact-json.js';
import { protocolError } from './envelope.js';
import { type ZvcmsQuery } from './request.js';
import { type ZvcmsSettings } from './settings.js';
import {
  decodeDigit,
  decodeFen,
  decodeFlag,
  decodeId,
  decodeInstant,
  decodeText,
  decodeUrl,
  UNREADABLE,
  type Reading,
} from './wire.js';

/** By the vendor's digits, 0 to 7. */
const STATUSES = ['UNKNOWN', 'UNBOUND', 'BEING_GIVEN', 'GIVEN', 'BOUND', 'EXPIRED', 'RECYCLED', 'USED_UP'] as const;
/** By the vendor's digits, 0 to 3. */
const VALIDITIES = ['UNKNOWN', 'LONG_TERM', 'FROM_BINDING', 'FIXED_DATES'] as const;

export interface GiftCardRecord {
  id: string;
  templateId: string | null;
  title: string;
  /** http or https only. */
  coverUrl: string | null;
  /** What is left, the vendor's `par_value`. */
  balanceFen: bigint | null;
  /** What it was issued for, the vendor's `deduct_amount`. */
  faceValueFen: bigint | null;
  status: (typeof STATUSES)[number];
  statusText: string | null;
  bound: boolean;
  validity: (typeof VALIDITIES)[number];
  validityText: string | null;
  beginsAt: Date | null;
  endsAt: Date | null;
  createdAt: Date | null;
  /** Issued through 非码 rather than by Qmai. */
  thirdParty: boolean;
}

/** All cards of a user in one answer: there is no paging. Recycled ones come only where they are asked for. */
export function giftCardsQuery(
  userId: string,
  includeRecycled: boolean,
  { giftCardApi }: Pick<ZvcmsSettings, 'giftCardApi'>,
): ZvcmsQuery {
  return {
    api: giftCardApi === 'v2' ? 'user.my-cards' : 'crm/giftCard/getCustomerGiftCardList',
    version: giftCardApi,
    params: { user_id: userId, ...(includeRecycled && { needCycleCard: 1 }) },
  };
}

/**
 * Missing data, null and `[]` are the empty list. A field that cannot be read is null (or UNKNOWN) and told as an anomaly;
 * it never costs the list. Only a row that is no card, one without an id, or two with the same id are a protocol error
 * for the whole list: to leave such a row out, or to count it twice, would give a wrong balance without saying so.
 */
export function decodeGiftCards(
  data: unknown,
  settings: Pick<ZvcmsSettings, 'moneyUnit' | 'utcOffset'>,
  tellAnomaly: (name: string) => void,
): GiftCardRecord[] {
  if (data === undefined || data === null) return [];
  if (!Array.isArray(data)) throw protocolError('answered with something other than a list of gift cards');
  const cards = data.map((row: unknown) => decodeGiftCard(row, settings, tellAnomaly));
  if (new Set(cards.map(({ id }) => id)).size < cards.length) throw protocolError('listed one gift card twice');
  return cards;
}

function decodeGiftCard(
  row: unknown,
  { moneyUnit, utcOffset }: Pick<ZvcmsSettings, 'moneyUnit' | 'utcOffset'>,
  tellAnomaly: (name: string) => void,
): GiftCardRecord {
  if (!isObject(row)) throw protocolError('listed something that is not a gift card');
  const id = decodeId(row['id']);
  if (typeof id !== 'string') throw protocolError('listed a gift card without an id');

  const odd = (field: string) => tellAnomaly(`gift_card.${field}`);
  const optional = <T>(field: string, decode: (value: unknown) => Reading<T>): T | null => {
    const reading = decode(row[field]);
    if (reading !== UNREADABLE) return reading;
    odd(field);
    return null;
  };
  const required = <T>(field: string, decode: (value: unknown) => Reading<T>, otherwise: T): T => {
    const reading = decode(row[field]);
    if (reading !== UNREADABLE && reading !== null) return reading;
    odd(field);
    return otherwise;
  };
  const status = required('status', decodeDigit(STATUSES), 'UNKNOWN');
  const bindStatus = optional('bind_status', decodeFlag) ?? false;
  return {
    id,
    templateId: optional('gift_card_id', decodeId),
    title: required('gift_title', decodeText, ''),
    coverUrl: optional('cover', decodeUrl),
    // The names mislead: the balance is in par_value, the face value in deduct_amount.
    balanceFen: optional('par_value', decodeFen(moneyUnit)),
    faceValueFen: optional('deduct_amount', decodeFen(moneyUnit)),
    status,
    statusText: optional('status_desc', decodeText),
    // The two can disagree; the documents let the status win. A card in any other known state is not in the state "bound".
    bound: status === 'UNKNOWN' ? bindStatus : status === 'BOUND',
    validity: required('validType', decodeDigit(VALIDITIES), 'UNKNOWN'),
    validityText: optional('expired_desc', decodeText),
    beginsAt: optional('beginAt', decodeInstant(utcOffset)),
    endsAt: optional('endAt', decodeInstant(utcOffset)),
    createdAt: optional('createdAt', decodeInstant(utcOffset)),
    thirdParty: optional('isErp', decodeFlag) ?? false,
  };
}
