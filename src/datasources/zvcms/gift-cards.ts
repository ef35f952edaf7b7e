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

const decodeStatus = decodeDigit(STATUSES);
const decodeValidity = decodeDigit(VALIDITIES);

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
export function giftCardDecoder(
  { moneyUnit, utcOffset }: Pick<ZvcmsSettings, 'moneyUnit' | 'utcOffset'>,
  tellAnomaly: (name: string) => void,
): (data: unknown) => GiftCardRecord[] {
  const decodeAmount = decodeFen(moneyUnit);
  const decodeTime = decodeInstant(utcOffset);
  const optional = <T>(field: string, reading: Reading<T>): T | null => {
    if (reading !== UNREADABLE) return reading;
    tellAnomaly(`gift_card.${field}`);
    return null;
  };
  const required = <T>(field: string, reading: Reading<T>, otherwise: T): T => {
    if (reading !== UNREADABLE && reading !== null) return reading;
    tellAnomaly(`gift_card.${field}`);
    return otherwise;
  };
  const decodeCard = (row: unknown): GiftCardRecord => {
    if (!isObject(row)) throw protocolError('listed something that is not a gift card');
    const id = decodeId(row['id']);
    if (typeof id !== 'string') throw protocolError('listed a gift card without an id');
    const status = required('status', decodeStatus(row['status']), 'UNKNOWN');
    const bindStatus = optional('bind_status', decodeFlag(row['bind_status'])) ?? false;
    return {
      id,
      templateId: optional('gift_card_id', decodeId(row['gift_card_id'])),
      title: required('gift_title', decodeText(row['gift_title']), ''),
      coverUrl: optional('cover', decodeUrl(row['cover'])),
      // The names mislead: the balance is in par_value, the face value in deduct_amount.
      balanceFen: optional('par_value', decodeAmount(row['par_value'])),
      faceValueFen: optional('deduct_amount', decodeAmount(row['deduct_amount'])),
      status,
      statusText: optional('status_desc', decodeText(row['status_desc'])),
      // The two can disagree; the documents let the status win. A card in any other known state is not in the state "bound".
      bound: status === 'UNKNOWN' ? bindStatus : status === 'BOUND',
      validity: required('validType', decodeValidity(row['validType']), 'UNKNOWN'),
      validityText: optional('expired_desc', decodeText(row['expired_desc'])),
      beginsAt: optional('beginAt', decodeTime(row['beginAt'])),
      endsAt: optional('endAt', decodeTime(row['endAt'])),
      createdAt: optional('createdAt', decodeTime(row['createdAt'])),
      thirdParty: optional('isErp', decodeFlag(row['isErp'])) ?? false,
    };
  };
  return (data) => {
    if (data === undefined || data === null) return [];
    if (!Array.isArray(data)) throw protocolError('answered with something other than a list of gift cards');
    const cards = data.map(decodeCard);
    if (new Set(cards.map(({ id }) => id)).size < cards.length) throw protocolError('listed one gift card twice');
    return cards;
  };
}
