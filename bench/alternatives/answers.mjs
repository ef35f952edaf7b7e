// From what the vendors answer to what the programs in this folder give out.
const VALID_MS = 300_000;
const STATUSES = ['UNKNOWN', 'UNBOUND', 'BEING_GIVEN', 'GIVEN', 'BOUND', 'EXPIRED', 'RECYCLED', 'USED_UP'];
const VALIDITIES = ['UNKNOWN', 'LONG_TERM', 'FROM_BINDING', 'FIXED_DATES'];

export function toVoucher(answer, activityCode, askedAtMs) {
  const response = answer.alibaba_campus_bs_voucher_get_response;
  if (!response?.result) throw new Error('campus refused');
  return {
    type: 'QR_CODE',
    activityCode,
    qrCodeType: 'DYNAMIC',
    qrCode: response.content.qr_code,
    issuedAt: new Date(askedAtMs).toISOString(),
    expiresAt: new Date(askedAtMs + VALID_MS).toISOString(),
  };
}

/** `data` of a good answer of zvcms. */
export function dataOf(answer) {
  if (String(answer.status) !== 'true' || String(answer.code) !== '0') throw new Error('zvcms refused');
  return answer.data;
}

export function toGiftCard(card) {
  return {
    id: card.id,
    templateId: card.gift_card_id,
    title: card.gift_title,
    coverUrl: card.cover,
    // The vendor's names mislead: par_value is what is left, deduct_amount what it was issued for.
    balance: toMoney(card.par_value),
    faceValue: toMoney(card.deduct_amount),
    status: STATUSES[card.status] ?? 'UNKNOWN',
    statusText: card.status_desc,
    bound: card.status === '4',
    validity: VALIDITIES[card.validType] ?? 'UNKNOWN',
    validityText: card.expired_desc,
    beginsAt: toInstant(card.beginAt),
    endsAt: toInstant(card.endAt),
    createdAt: toInstant(card.createdAt),
    thirdParty: card.isErp === '1',
  };
}

export function toExchangeCode(data, code) {
  return { code, redeemable: data.status === 'true', checkedAt: new Date().toISOString() };
}

function toMoney(text) {
  return /^\d+\.\d{2}$/.test(text) ? { amount: text, currency: 'CNY' } : null;
}

function toInstant(text) {
  return text ? new Date(`${text.replace(' ', 'T')}+08:00`).toISOString() : null;
}
