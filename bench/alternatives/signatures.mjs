// What both vendors want to be signed, for every program in this folder alike.
import { createHmac, createSecretKey, randomInt } from 'node:crypto';

const { CAMPUS_APP_KEY, CAMPUS_APP_SECRET, CAMPUS_ACTIVITIES } = process.env;
const { ZVCMS_OPEN_ID, ZVCMS_GRANT_CODE, ZVCMS_OPEN_KEY } = process.env;

const campusKey = createSecretKey(CAMPUS_APP_SECRET, 'utf8');
const zvcmsKey = createSecretKey(ZVCMS_OPEN_KEY, 'utf8');
const activities = new Map(JSON.parse(CAMPUS_ACTIVITIES).map((activity) => [activity.activityCode, activity]));
const METHOD = 'alibaba.campus.bs.voucher.get';
const GMT8_MS = 8 * 60 * 60 * 1000;
export const BATCH_SEPARATOR = '\r\n-S-\r\n';

let nonce = randomInt(1, 2 ** 30);

/** One call's own parameters: the person's dynamic QR code for an activity. */
export function voucherCall(person, activityCode) {
  const activity = activities.get(activityCode);
  const param = JSON.stringify({
    voucher_type: 'QR_CODE',
    is_generate_pic: false,
    mobile: person.mobile,
    user_name: person.name,
    sponsor_code: activity.sponsorCode,
    activity_code: activityCode,
    qr_code_type_enum: 'DYNAMIC',
    access_key: activity.accessKey,
  });
  return { method: METHOD, param };
}

/** The common parameters and the signature; of a single call over its own parameters, of a batch over its body. */
export function signCampus(nowMs, callParams, body = '') {
  const params = {
    app_key: CAMPUS_APP_KEY,
    format: 'json',
    ...callParams,
    sign_method: 'hmac-sha256',
    timestamp: new Date(nowMs + GMT8_MS).toISOString().slice(0, 19).replace('T', ' '),
    v: '2.0',
  };
  let text = '';
  for (const name of Object.keys(params).sort()) text += name + params[name];
  params.sign = createHmac('sha256', campusKey)
    .update(text + body, 'utf8')
    .digest('hex')
    .toUpperCase();
  return new URLSearchParams(params);
}

/** openId, grantCode, timestamp, nonce and token of one call to zvcms. */
export function signZvcms(nowMs) {
  const timestamp = Math.floor(nowMs / 1000).toString();
  const once = String((nonce = (nonce % (2 ** 31 - 1)) + 1));
  const text = `grantCode=${ZVCMS_GRANT_CODE}&nonce=${once}&openId=${ZVCMS_OPEN_ID}&timestamp=${timestamp}`;
  const token = encodeURIComponent(createHmac('sha1', zvcmsKey).update(text).digest('base64'));
  return { openId: ZVCMS_OPEN_ID, grantCode: ZVCMS_GRANT_CODE, timestamp, nonce: once, token };
}

export function giftCardsBody(userId, nowMs) {
  const { openId, grantCode, timestamp, nonce: once, token } = signZvcms(nowMs);
  return {
    OpenId: openId,
    GrantCode: grantCode,
    Timestamp: timestamp,
    Nonce: once,
    Token: token,
    Action: 'user.my-cards',
    Params: { user_id: userId },
  };
}

export function exchangeCodeBody(exchangeCode, nowMs) {
  return { ...signZvcms(nowMs), params: { exchangeCode } };
}
