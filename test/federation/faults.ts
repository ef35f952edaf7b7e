import { ZVCMS_CODES } from '../../src/sandbox/zvcms.js';
import { as, type Operation, person, plain } from './operation.js';

const READER = { scopes: ['person:read'] as const, subject: 'somebody else' };
const CODE = `exchangeCode(code: "${ZVCMS_CODES.redeemable}") { redeemable }`;

/** What is refused or goes wrong, at our door and at each vendor's. */
export const FAULTS: Operation[] = [
  {
    name: 'campus hangs',
    ask: person('maskedName voucher(activityCode: "1") { qrCode } giftCardBalance { amount }', 4),
    play: ({ campus }) => campus.play('hang'),
    codes: ['VENDOR_TIMEOUT'],
  },
  {
    name: 'campus refuses the signature',
    ask: person('voucher(activityCode: "1") { qrCode }'),
    play: ({ campus }) => campus.play('invalid-signature'),
    codes: ['VENDOR_MISCONFIGURED'],
  },
  {
    name: 'campus is not understood',
    ask: person('voucher(activityCode: "1") { qrCode }'),
    play: ({ campus }) => campus.play('malformed'),
    codes: ['VENDOR_PROTOCOL'],
  },
  {
    name: 'zvcms hangs',
    ask: person('giftCards { id } voucher(activityCode: "1") { type }', 4),
    play: ({ zvcms }) => zvcms.play('hang'),
    codes: ['VENDOR_TIMEOUT'],
  },
  {
    name: 'zvcms is down',
    ask: person('giftCardBalance { amount }', 4),
    play: ({ zvcms }) => zvcms.play('unavailable'),
    codes: ['VENDOR_UNAVAILABLE'],
  },
  {
    name: 'zvcms answers without data',
    ask: plain(`{ exchangeCode(code: "${ZVCMS_CODES.redeemable}") { redeemable } }`),
    play: ({ zvcms }) => zvcms.play('data-missing'),
    codes: ['VENDOR_PROTOCOL'],
  },

  { name: 'nobody asks for one person', ask: as('anonymous', person('id name')), codes: ['UNAUTHENTICATED'] },
  {
    name: 'nobody asks for lists, beside what is open to all',
    ask: plain(
      '{ __typename me { id } directory { totalCount } people(ids: ["x"]) { id } exchangeCodes(codes: ["1"]) { code } }',
      'anonymous',
    ),
    codes: ['UNAUTHENTICATED'],
  },
  {
    name: 'lists without their scopes, beside one person',
    ask: (ids) => ({
      query:
        'query ($id: ID!) { person(id: $id) { maskedName } directory { totalCount } exchangeCodes(codes: ["1"]) { code } }',
      variables: { id: ids[0] },
      as: READER,
    }),
    codes: ['FORBIDDEN'],
  },
  {
    name: "everybody's checks, vouchers and cards without the scopes",
    ask: plain(
      '{ directory(first: 3) { edges { node { maskedName identityChecks { status } voucher(activityCode: "1") { qrCode } giftCards { id } giftCardBalance { amount } } } } }',
      { scopes: ['directory:read'] },
    ),
    codes: ['FORBIDDEN'],
  },
  {
    name: "a check's person without the scope to see people",
    ask: (ids) => ({
      query: 'query ($id: ID!) { person(id: $id) { id identityChecks(first: 2) { status person { id maskedName } } } }',
      variables: { id: ids[0] },
      as: { scopes: ['person:read', 'identity:read'] },
    }),
  },
  {
    name: 'a mutation by nobody',
    ask: plain('mutation { registerPerson(input: { name: "x" }) { id name } }', 'anonymous'),
    codes: ['UNAUTHENTICATED'],
  },
  {
    name: 'a mutation without the scope',
    ask: plain('mutation { forgetPerson(id: "x") }', READER),
    codes: ['FORBIDDEN'],
  },
  {
    name: 'vendors and names without their scopes',
    ask: as(READER, person('maskedName name mobile voucher(activityCode: "1") { qrCode } giftCards { id }')),
    codes: ['FORBIDDEN'],
  },
  {
    name: 'vouchers without the names that the vendor is told',
    ask: as(
      { scopes: ['person:read', 'voucher:read'] },
      person('name voucher(activityCode: "1") { qrCode } giftCards { id }'),
    ),
    codes: ['FORBIDDEN'],
  },
  {
    name: "somebody else's id, with an own token",
    ask: (ids) => as({ scopes: [], subject: ids[1] ?? '' }, person('id voucher(activityCode: "1") { qrCode }'))(ids),
    codes: ['FORBIDDEN'],
  },
  {
    name: 'people of whom one is the own',
    ask: (ids) => ({
      query: 'query ($ids: [ID!]!) { people(ids: $ids) { id voucher(activityCode: "1") { qrCode } } }',
      variables: { ids: [ids[1], ids[0]] },
      as: { scopes: [], subject: ids[0] ?? '' },
    }),
    codes: ['FORBIDDEN'],
  },
  {
    name: 'a code without the scope, beside what is open',
    ask: plain(`{ me { id } ${CODE} }`, READER),
    codes: ['FORBIDDEN'],
  },
  {
    name: 'a scope that is missing in a fragment',
    ask: plain(`fragment F on Query { renamed: ${CODE} } { ...F }`, READER),
    codes: ['FORBIDDEN'],
  },

  { name: 'a field that is not there', ask: plain('{ nope }'), codes: ['GRAPHQL_VALIDATION_FAILED'] },
  { name: 'a field that only routers see', ask: person('campusName'), codes: ['GRAPHQL_VALIDATION_FAILED'] },
  { name: 'no document', ask: plain('{ me { id }'), codes: ['GRAPHQL_PARSE_FAILED'] },
  {
    name: 'a variable of a wrong type',
    ask: () => ({
      query: 'query ($first: Int!) { directory(first: $first) { totalCount } }',
      variables: { first: 'three' },
    }),
    codes: ['BAD_USER_INPUT'],
  },
  {
    name: 'a variable that is missing',
    ask: plain('query ($id: ID!) { person(id: $id) { id } }'),
    codes: ['BAD_USER_INPUT'],
  },
];
