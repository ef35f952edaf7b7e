import { ZVCMS_CODES } from '../../src/sandbox/zvcms.js';
import { type Operation, own, person, plain } from './operation.js';

const EVERYTHING = `id name mobile email idNumber maskedName maskedMobile accounts { moziId zvcmsUserId alipayUserId alipayOpenId }
  createdAt updatedAt`;
const CARDS = `giftCards { id templateId title coverUrl balance { amount currency } faceValue { amount } status statusText bound
  validity validityText beginsAt endsAt createdAt thirdParty }`;
const NOBODY = '0197f9a0-0000-7000-8000-000000000000';

/** What is read while all is well. */
export const QUERIES: Operation[] = [
  { name: 'one person', ask: person(EVERYTHING) },
  {
    name: 'a person who is not there',
    ask: plain(`{ person(id: "${NOBODY}") { id voucher(activityCode: "1") { qrCode } } }`),
  },
  {
    name: 'oneself, without any scope',
    ask: own(`${EVERYTHING} voucher(activityCode: "1") { qrCode } giftCardBalance { amount }`),
  },
  {
    name: 'people in order, some of them unknown',
    ask: (ids) => ({
      query: 'query ($ids: [ID!]!) { people(ids: $ids) { id maskedName } }',
      variables: { ids: [ids[3], NOBODY, ids[0]] },
    }),
  },
  { name: 'a look-up by account', ask: plain('{ personBy(mobile: "18209099090") { id name } }') },
  {
    name: 'a look-up by two accounts',
    ask: plain('{ personBy(mobile: "18209099090", email: "a@b.cn") { id } }'),
    codes: ['BAD_USER_INPUT'],
  },
  {
    name: 'a page of the directory',
    ask: plain(
      '{ directory(first: 5) { totalCount pageInfo { hasNextPage endCursor } edges { cursor node { maskedMobile } } } }',
    ),
  },
  { name: 'a page too long', ask: plain('{ directory(first: 101) { totalCount } }'), codes: ['BAD_USER_INPUT'] },
  {
    name: 'everybody with a voucher: each failure at its own person',
    ask: plain(
      '{ directory(first: 12) { edges { node { id voucher(activityCode: "1") { type qrCode qrCodeType activityCode issuedAt expiresAt } } } } }',
    ),
    codes: ['VENDOR_THROTTLED', 'VENDOR_REJECTED', 'VENDOR_UNAVAILABLE', 'PERSON_INCOMPLETE'],
  },
  {
    name: 'both vendors for everybody',
    ask: plain(
      '{ directory(first: 12) { edges { node { maskedName voucher(activityCode: "2", qrCodeType: STATIC) { qrCode expiresAt } giftCardBalance { amount currency } } } } }',
    ),
    codes: ['PERSON_INCOMPLETE', 'VENDOR_REJECTED', 'VENDOR_THROTTLED', 'VENDOR_UNAVAILABLE'],
  },
  {
    name: 'a voucher by face',
    ask: person('voucher(activityCode: "1", type: FACE) { type qrCode qrCodePicture faceUrl }'),
  },
  {
    name: 'a voucher with pictures',
    ask: person(
      'voucher(activityCode: "1", withPicture: true, validSeconds: 60) { qrCodeUrl qrCodePicture png: qrCodePicture(format: PNG, size: 64) }',
    ),
  },
  {
    name: 'a voucher of an activity that is sent id number and e-mail',
    ask: person('voucher(activityCode: "by-id-and-mail", qrCodeType: STATIC) { qrCode }'),
  },
  {
    name: 'vouchers of such an activity for people who lack one of them, or both',
    ask: (ids) => ({
      query:
        'query ($ids: [ID!]!) { people(ids: $ids) { id voucher(activityCode: "by-id-and-mail", qrCodeType: STATIC) { qrCode } } }',
      variables: { ids: [ids[1], ids[0], ids[3], ids[11]] },
    }),
    codes: ['PERSON_INCOMPLETE'],
  },
  {
    name: 'an activity that is not set up',
    ask: person('maskedName voucher(activityCode: "9") { qrCode }'),
    codes: ['BAD_USER_INPUT'],
  },
  {
    name: 'a picture too large',
    ask: person('voucher(activityCode: "1") { type qrCodePicture(size: 1025) }'),
    codes: ['BAD_USER_INPUT'],
  },
  { name: 'gift cards and their balance', ask: person(`${CARDS} giftCardBalance { amount currency }`, 4) },
  {
    name: 'gift cards by status, recycled ones too',
    ask: person('giftCards(statuses: [EXPIRED, RECYCLED], includeRecycled: true) { id status }', 4),
  },
  {
    name: 'a balance that cannot be read',
    ask: person('giftCardBalance { amount } giftCards { id balance { amount } }', 3),
  },
  {
    name: 'gift cards of somebody without a zvcms account',
    ask: person('maskedName giftCards { id }', 6),
    codes: ['PERSON_INCOMPLETE'],
  },
  {
    name: 'an exchange code',
    ask: plain(`{ exchangeCode(code: "${ZVCMS_CODES.redeemable}") { code redeemable checkedAt } }`),
  },
  {
    name: 'exchange codes, each failing alone',
    ask: plain(
      `{ exchangeCodes(codes: ["${ZVCMS_CODES.redeemed}", "${ZVCMS_CODES.refused}", "not a code", "${ZVCMS_CODES.universal}"]) { code redeemable } }`,
    ),
    codes: ['VENDOR_REJECTED', 'BAD_USER_INPUT'],
  },
  {
    name: 'three subgraphs at once',
    ask: (ids) => ({
      query: `query ($id: ID!) { who: person(id: $id) { ...P } code: exchangeCode(code: "${ZVCMS_CODES.universal}") { redeemable } directory(first: 1) { totalCount } }
      fragment P on Person { name v: voucher(activityCode: "1") { qrCode } w: voucher(activityCode: "2") { activityCode } cards: giftCards { title } }`,
      variables: { id: ids[4] },
    }),
  },
  {
    name: 'skipped and included fields',
    ask: (ids) => ({
      query:
        'query ($id: ID!, $no: Boolean!) { person(id: $id) { id name @include(if: $no) maskedName @skip(if: $no) voucher(activityCode: "1") @include(if: $no) { qrCode } } }',
      variables: { id: ids[0], no: false },
    }),
  },
];
