// Both vendors over one bounded keep-alive pool each; many vouchers go in batches, as the protocol allows.
import { Pool } from 'undici';
import { dataOf, toExchangeCode, toGiftCard, toVoucher } from './answers.mjs';
import { BATCH_SEPARATOR, exchangeCodeBody, giftCardsBody, signCampus, voucherCall } from './signatures.mjs';

const BATCH_SIZE = 20;
const POOL = { connections: 128, pipelining: 1, headersTimeout: 5_000, bodyTimeout: 5_000 };
const campus = new Pool(process.env.CAMPUS_BASE_URL, POOL);
const zvcms = new Pool(process.env.ZVCMS_BASE_URL, POOL);

/** The people's vouchers, in their order. */
export async function vouchers(people, activityCode) {
  if (people.length === 1) return [await voucher(people[0], activityCode)];
  const chunks = [];
  for (let at = 0; at < people.length; at += BATCH_SIZE) {
    chunks.push(voucherBatch(people.slice(at, at + BATCH_SIZE), activityCode));
  }
  return (await Promise.all(chunks)).flat();
}

async function voucher(person, activityCode) {
  const nowMs = Date.now();
  const body = signCampus(nowMs, voucherCall(person, activityCode)).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' };
  return toVoucher(JSON.parse(await post(campus, '/router/rest', headers, body)), activityCode, nowMs);
}

async function voucherBatch(people, activityCode) {
  const nowMs = Date.now();
  const body = people
    .map((person) => new URLSearchParams(voucherCall(person, activityCode)).toString())
    .join(BATCH_SEPARATOR);
  const path = `/router/batch?${signCampus(nowMs, {}, body)}`;
  const pieces = (await post(campus, path, { 'content-type': 'text/plain;charset=UTF-8' }, body)).split(
    BATCH_SEPARATOR,
  );
  if (pieces.length !== people.length) throw new Error('campus refused the batch');
  return pieces.map((piece) => toVoucher(JSON.parse(piece), activityCode, nowMs));
}

export async function giftCards(userId) {
  const body = JSON.stringify(giftCardsBody(userId, Date.now()));
  return dataOf(JSON.parse(await post(zvcms, '/api/v2', JSON_HEADERS, body))).map(toGiftCard);
}

export async function exchangeCode(code) {
  const body = JSON.stringify(exchangeCodeBody(code, Date.now()));
  const text = await post(zvcms, '/v3/coupon/exchange/getExchangeCodeStatus', JSON_HEADERS, body);
  return toExchangeCode(dataOf(JSON.parse(text)), code);
}

const JSON_HEADERS = { 'content-type': 'application/json' };

async function post(pool, path, headers, body) {
  const answer = await pool.request({ method: 'POST', path, headers, body });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`The vendor answered with status ${answer.statusCode}`);
  return text;
}
