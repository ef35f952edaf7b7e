import { type Operation } from './operation.js';
import { type Question, type Shape } from './shapes.js';

const NO_CHECK = '0197f9a0-0000-7000-8000-000000000000';
const FIELDS = `status identityType queryType refusal { code message } resultPageUrl merchantIdentityId startedAt askedAt settledAt
  person { id maskedName }`;

const start = (personId: string | undefined): Question => ({
  query: `mutation ($input: StartIdentityCheckInput!) { startIdentityCheck(input: $input) { check { ${FIELDS} } } }`,
  variables: { input: { personId, identityType: '04' } },
});
const settle = (id: string): Question => ({
  query: `mutation ($id: ID!) { settleIdentityCheck(id: $id) { ${FIELDS} } }`,
  variables: { id },
});
/** With the keys of an app, which are of each shape its own: the vendor tells a verdict once. */
const check = (shape: Shape, keys: string, who: Record<string, unknown>, onceToken = `once-${keys}`): Question => ({
  query: `mutation ($input: CheckIdentityInput!) { checkIdentity(input: $input) { ${FIELDS} } }`,
  variables: { input: { connKey: `${shape}-${keys}`, onceToken: `${shape}-${onceToken}`, identityType: '04', ...who } },
});

/** What is asked of the identity checks; the first ones make what the later ones read. */
export const IDENTITY_CHECKS: Operation[] = [
  { name: 'starting a check', ask: (ids) => start(ids[4]) },
  {
    name: 'starting a check of oneself',
    ask: (ids) => ({ ...start(ids[1]), as: { scopes: [], subject: ids[1] ?? '' } }),
  },
  { name: 'starting a check of somebody unknown', ask: () => start(NO_CHECK), codes: ['NOT_FOUND'] },
  {
    name: 'starting a check of somebody without an identity',
    ask: (ids) => start(ids[6]),
    codes: ['PERSON_INCOMPLETE'],
  },
  { name: 'settling a check that is trusted at once', ask: (_ids, _shape, { trusted }) => settle(trusted) },
  { name: 'settling it again, which asks nobody', ask: (_ids, _shape, { trusted }) => settle(trusted) },
  { name: 'settling a check that waits', ask: (_ids, _shape, { waiting }) => settle(waiting) },
  { name: 'settling what is not there', ask: () => settle(NO_CHECK), codes: ['NOT_FOUND'] },
  {
    name: "settling somebody else's check",
    ask: (ids, _shape, { waiting }) => ({ ...settle(waiting), as: { scopes: [], subject: ids[0] ?? '' } }),
    codes: ['FORBIDDEN'],
  },
  { name: 'a refused check', ask: (ids, shape) => check(shape, 'refused', { personId: ids[3] }) },
  {
    name: 'a check of a certificate, waiting',
    ask: (_ids, shape) => check(shape, 'certificate', { certNo: '11010519491231002X' }),
  },
  {
    name: 'a check whose answer is lost',
    ask: (ids, shape) => check(shape, 'lost', { personId: ids[5] }),
    codes: ['VENDOR_UNAVAILABLE'],
  },
  {
    name: 'keys of another check',
    ask: (ids, shape) => check(shape, 'refused', { personId: ids[3] }, 'another'),
    codes: ['CONFLICT'],
  },
  { name: 'a check of nobody', ask: (_ids, shape) => check(shape, 'nobody', {}), codes: ['BAD_USER_INPUT'] },
  {
    name: 'zhima hangs',
    ask: (ids, shape) => check(shape, 'hang', { personId: ids[4] }),
    play: ({ zhima }) => zhima.play('hang'),
    codes: ['VENDOR_TIMEOUT'],
  },
  {
    name: 'zhima answers unsigned',
    ask: (ids, shape) => check(shape, 'unsigned', { personId: ids[4] }),
    play: ({ zhima }) => zhima.play('unsigned'),
    codes: ['VENDOR_PROTOCOL'],
  },
  {
    name: 'zhima is asked too often',
    ask: (ids, shape) => check(shape, 'throttled', { personId: ids[4] }),
    play: ({ zhima }) => zhima.play('throttled'),
    codes: ['VENDOR_THROTTLED'],
  },
  {
    name: 'a check as it is stored',
    ask: (_ids, _shape, { trusted }) => ({
      query: `query ($id: ID!) { identityCheck(id: $id) { ${FIELDS} } }`,
      variables: { id: trusted },
    }),
  },
  { name: 'a check that is not there', ask: () => ({ query: `{ identityCheck(id: "${NO_CHECK}") { status } }` }) },
  {
    name: "somebody else's check",
    ask: (ids, _shape, { trusted }) => ({
      query: 'query ($id: ID!) { identityCheck(id: $id) { status } }',
      variables: { id: trusted },
      as: { scopes: [], subject: ids[0] ?? '' },
    }),
    codes: ['FORBIDDEN'],
  },
  {
    name: "a person's checks, each with its person again",
    ask: (ids) => ({
      query: `query ($id: ID!) { person(id: $id) { maskedName identityChecks(first: 3) { ${FIELDS} } voucher(activityCode: "1") { qrCode } } }`,
      variables: { id: ids[4] },
    }),
  },
  {
    name: "a person's checks, too many",
    ask: (ids) => ({
      query: 'query ($id: ID!) { person(id: $id) { identityChecks(first: 101) { status } } }',
      variables: { id: ids[4] },
    }),
    codes: ['BAD_USER_INPUT'],
  },
  {
    name: "a person's checks behind one that is not theirs",
    ask: (ids) => ({
      query: `query ($id: ID!) { person(id: $id) { maskedName identityChecks(after: "${NO_CHECK}") { status } } }`,
      variables: { id: ids[4] },
    }),
    codes: ['BAD_USER_INPUT'],
  },
  {
    name: "a person's checks without the scope",
    ask: (ids) => ({
      query: 'query ($id: ID!) { person(id: $id) { maskedName identityChecks { status } } }',
      variables: { id: ids[4] },
      as: { scopes: ['person:read'] },
    }),
    codes: ['FORBIDDEN'],
  },
];
