import { randomUUID } from 'node:crypto';
import { type Scope } from '../../src/graph/access.js';

/** Who exists in the world that the cells are tried in. */
export interface World {
  /** Whose things are asked for. */
  owner: string;
  check: string;
  code: string;
  /** A person who may be forgotten. */
  newPerson: () => Promise<string>;
}

export interface Question {
  query: string;
  variables: Record<string, unknown>;
}

/** Who may see a field, as the list of scopes in the documents has it: written by hand, never read from the rules. */
export interface Expected {
  /** Any one of them opens it. Empty: any valid token does. */
  scopes: readonly Scope[];
  /** Whether the owner may, too. */
  own: boolean;
  /** What it takes to get to the field at all. */
  via?: readonly Scope[];
  /** What is selected of a person or check, where the field is one of theirs. */
  selection?: string;
  /** Refuses with null and no error, in the resolver: only routers ask it, and no client knows its name. */
  byNull?: true;
  ask: (world: World) => Question | Promise<Question>;
}

const asking = (query: string, variables: (world: World) => Record<string, unknown> = () => ({})) => ({
  ask: (world: World) => ({ query, variables: variables(world) }),
});
const NOT_OWN = { own: false };
const OWN = { own: true };

const ENTITIES = (type: string, selection: string) =>
  `query ($key: [_Any!]!) { _entities(representations: $key) { ... on ${type} { ${selection} } } }`;
/** The person whose things are asked for: with all that the vendors need, or their fields would answer with less than data. */
export const OWNER = {
  name: '欧阳娜娜',
  mobile: '13800000077',
  email: 'nana@example.com',
  idNumber: '11010519491231002X',
  moziId: 'mozi-1',
  zvcmsUserId: '7',
  alipayUserId: '2088000000000006',
};
/** What a router brings of a person; the directory does not ask for it. */
const BROUGHT = { campusName: '访客', campusMobile: '13800000077', campusMoziId: 'mozi-7', zvcmsUserId: '777' };
const ofPerson = (selection: string) => ({
  ...OWN,
  selection,
  ...asking(ENTITIES('Person', selection), ({ owner }) => ({ key: [{ __typename: 'Person', id: owner, ...BROUGHT }] })),
});
const ofCheck = (selection: string) => ({
  selection,
  ...asking(ENTITIES('IdentityCheck', selection), ({ check }) => ({
    key: [{ __typename: 'IdentityCheck', id: check }],
  })),
});

const byId = (query: string) => asking(query, ({ owner }) => ({ id: owner }));
const PII: Pick<Expected, 'scopes'> = { scopes: ['person:pii'] };
const VISIBLE: Pick<Expected, 'scopes'> = { scopes: ['person:read'] };
const VOUCHER: Pick<Expected, 'scopes'> = { scopes: ['voucher:read'] };
const GIFT_CARD: Pick<Expected, 'scopes'> = { scopes: ['giftcard:read'] };

export const FIELDS: Record<string, Expected> = {
  // Null to a token of nobody here, which is no refusal: hence the field beside it.
  'Query.me': { scopes: [], ...NOT_OWN, ...asking('{ open: __typename me { id } }') },
  'Query.person': { ...VISIBLE, ...OWN, ...byId('query ($id: ID!) { person(id: $id) { id } }') },
  'Query.people': { ...VISIBLE, ...OWN, ...byId('query ($id: ID!) { people(ids: [$id]) { id } }') },
  'Query.personBy': { scopes: ['directory:read'], ...NOT_OWN, ...asking('{ personBy(moziId: "mozi-1") { id } }') },
  'Query.directory': { scopes: ['directory:read'], ...NOT_OWN, ...asking('{ directory(first: 1) { totalCount } }') },
  'Query.exchangeCode': {
    scopes: ['exchange:read'],
    ...NOT_OWN,
    ...asking('query ($code: String!) { exchangeCode(code: $code) { code } }', ({ code }) => ({ code })),
  },
  'Query.exchangeCodes': {
    scopes: ['exchange:read'],
    ...NOT_OWN,
    ...asking('query ($code: String!) { exchangeCodes(codes: [$code]) { code } }', ({ code }) => ({ code })),
  },
  'Query.identityCheck': {
    scopes: ['identity:read'],
    ...OWN,
    ...asking('query ($id: ID!) { identityCheck(id: $id) { id } }', ({ check }) => ({ id: check })),
  },
  'Mutation.registerPerson': {
    scopes: ['person:write'],
    ...NOT_OWN,
    ...asking('mutation { registerPerson(input: { name: "新" }) { id } }'),
  },
  'Mutation.updatePerson': {
    scopes: ['person:write'],
    ...NOT_OWN,
    ...byId('mutation ($id: ID!) { updatePerson(id: $id, input: { name: "改" }) { id } }'),
  },
  'Mutation.forgetPerson': {
    scopes: ['person:write'],
    ...NOT_OWN,
    ask: async ({ newPerson }) => ({
      query: 'mutation ($id: ID!) { forgetPerson(id: $id) }',
      variables: { id: await newPerson() },
    }),
  },
  'Mutation.startIdentityCheck': {
    scopes: ['identity:write'],
    ...OWN,
    ...byId(
      'mutation ($id: ID!) { startIdentityCheck(input: { personId: $id, identityType: "04" }) { check { id status } } }',
    ),
  },
  'Mutation.settleIdentityCheck': {
    scopes: ['identity:write'],
    ...OWN,
    ...asking('mutation ($id: ID!) { settleIdentityCheck(id: $id) { id status } }', ({ check }) => ({ id: check })),
  },
  'Mutation.checkIdentity': {
    scopes: ['identity:write'],
    ...OWN,
    ...asking('mutation ($input: CheckIdentityInput!) { checkIdentity(input: $input) { id status } }', ({ owner }) => ({
      input: { connKey: randomUUID(), onceToken: randomUUID(), identityType: '04', personId: owner },
    })),
  },
  'Person.name': { ...PII, ...ofPerson('name') },
  'Person.mobile': { ...PII, ...ofPerson('mobile') },
  'Person.email': { ...PII, ...ofPerson('email') },
  'Person.idNumber': { ...PII, ...ofPerson('idNumber') },
  'Person.maskedName': { ...VISIBLE, ...ofPerson('maskedName') },
  'Person.maskedMobile': { ...VISIBLE, ...ofPerson('maskedMobile') },
  'Person.accounts': { ...VISIBLE, ...ofPerson('accounts { moziId zvcmsUserId alipayUserId alipayOpenId }') },
  'Person.createdAt': { ...VISIBLE, ...ofPerson('createdAt') },
  'Person.updatedAt': { ...VISIBLE, ...ofPerson('updatedAt') },
  'Person.voucher': { ...VOUCHER, ...ofPerson('voucher(activityCode: "1") { qrCode qrCodePicture }') },
  'Person.giftCards': { ...GIFT_CARD, ...ofPerson('giftCards { id balance { amount } }') },
  'Person.giftCardBalance': { ...GIFT_CARD, ...ofPerson('giftCardBalance { amount }') },
  'Person.identityChecks': { scopes: ['identity:read'], ...ofPerson('identityChecks { id status }') },
  'Person.campusName': { ...VOUCHER, byNull: true, ...ofPerson('campusName') },
  'Person.campusMobile': { ...VOUCHER, byNull: true, ...ofPerson('campusMobile') },
  'Person.campusMoziId': { ...VOUCHER, byNull: true, ...ofPerson('campusMoziId') },
  'Person.campusIdNumber': { ...VOUCHER, byNull: true, ...ofPerson('campusIdNumber') },
  'Person.campusEmail': { ...VOUCHER, byNull: true, ...ofPerson('campusEmail') },
  'Person.zvcmsUserId': { ...GIFT_CARD, byNull: true, ...ofPerson('zvcmsUserId') },
  'IdentityCheck.person': { ...VISIBLE, ...OWN, via: ['identity:read'], ...ofCheck('person { id }') },
};

/** Types that a router asks for by their key; a rule of their own stands where the key is looked up. */
export const ENTITY_TYPES: Record<string, Expected> = {
  IdentityCheck: { scopes: ['identity:read'], ...OWN, ...ofCheck('id status') },
  ExchangeCode: {
    scopes: ['exchange:read'],
    ...NOT_OWN,
    ...asking(ENTITIES('ExchangeCode', 'code redeemable'), ({ code }) => ({
      key: [{ __typename: 'ExchangeCode', code }],
    })),
  },
};

/** Questions about one person or check, by id: a stranger must not learn whether it exists. */
export const ABOUT_SOMEBODY: [name: string, query: string][] = [
  ['Query.person', 'query ($id: ID!) { person(id: $id) { id maskedName name } }'],
  ['Query.people', 'query ($id: ID!) { people(ids: [$id, $id]) { id maskedName } }'],
  ['Query.identityCheck', 'query ($id: ID!) { identityCheck(id: $id) { id status person { id } } }'],
  ['Mutation.updatePerson', 'mutation ($id: ID!) { updatePerson(id: $id, input: { name: "改" }) { id } }'],
  ['Mutation.forgetPerson', 'mutation ($id: ID!) { forgetPerson(id: $id) }'],
  ['Mutation.settleIdentityCheck', 'mutation ($id: ID!) { settleIdentityCheck(id: $id) { id } }'],
  [
    'Mutation.startIdentityCheck',
    'mutation ($id: ID!) { startIdentityCheck(input: { personId: $id, identityType: "04" }) { connKey } }',
  ],
  [
    'Mutation.checkIdentity',
    'mutation ($id: ID!) { checkIdentity(input: { connKey: "k-000001", onceToken: "t-000001", identityType: "04", personId: $id }) { id } }',
  ],
  ...[
    'id',
    'id name',
    'id maskedName',
    'id voucher(activityCode: "1") { qrCode }',
    'giftCards { id }',
    'identityChecks { id }',
  ].map((selection): [string, string] => [
    `Person.${/\w+(?=[^\w]*$|\(|\s\{)/.exec(selection.replace(/^id /, ''))?.[0] ?? ''}`,
    `query ($id: _Any!) { _entities(representations: [{ __typename: "Person", id: $id }]) { ... on Person { ${selection} } } }`,
  ]),
  [
    'Query.identityCheck',
    'query ($id: _Any!) { _entities(representations: [{ __typename: "IdentityCheck", id: $id }]) { ... on IdentityCheck { id status } } }',
  ],
];
