import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Scope } from '../../src/graph/access.js';
import { ZVCMS_CODES } from '../../src/sandbox/zvcms.js';
import { type Expected, FIELDS, type World } from './access-cases.js';
import { NO_TOKEN } from './access-cells.js';
import { startGraph, type TestGraph } from './harness.js';

const NOBODY_KNOWN = '0197f9a0-0000-7000-8000-00000000000b';

let graph: TestGraph;
let world: World;
beforeAll(async () => {
  graph = await startGraph({ ZVCMS_MAX_PER_SECOND: '0' });
  const alipayUserId = '2088000000000006';
  const [owner = ''] = await graph.register({
    name: '欧阳娜娜',
    mobile: '13800000077',
    moziId: 'mozi-1',
    alipayUserId,
  });
  await graph.register({ name: '过客' });
  const { data } = await graph.ask(
    'mutation ($id: ID!) { startIdentityCheck(input: { personId: $id, identityType: "04" }) { check { id } } }',
    { id: owner },
  );
  const { check } = data?.['startIdentityCheck'] as { check: { id: string } };
  world = { owner, check: check.id, code: ZVCMS_CODES.redeemable, newPerson: () => Promise.resolve('') };
});
afterAll(() => graph.close());

describe('a refusal', () => {
  const ask = (selection: string, scopes: readonly Scope[]) =>
    graph.ask(`query ($id: ID!) { person(id: $id) { ${selection} } }`, { id: world.owner }, { scopes });

  const QUERIES = Object.keys(FIELDS).filter((name) => name.startsWith('Query.'));
  it.each(QUERIES)('of %s nulls it and nothing else', async (name) => {
    const { query, variables } = await (FIELDS[name] as Expected).ask(world);
    const { data, errors } = await graph.ask(query.replace(/\{ (?!open)/, '{ open: __typename '), variables, {
      ...(name === 'Query.me' ? { headers: NO_TOKEN } : { scopes: [] }),
    });
    const field = name.replace('Query.', '');
    // One id of many is refused at its own place.
    const refused = name === 'Query.people' ? [null] : null;
    expect(data).toEqual({ open: 'Query', [field]: refused });
    expect(errors?.map(({ path }) => path?.[0])).toEqual([field]);
  });

  it.each(['people', 'directory'])('of %s to nobody nulls the whole list and nothing else', async (field) => {
    const query = field === 'people' ? 'people(ids: ["x", "y"]) { id }' : 'directory { totalCount }';
    const { data, errors } = await graph.ask(`{ open: __typename ${query} }`, {}, { headers: NO_TOKEN });
    expect(data).toEqual({ open: 'Query', [field]: null });
    expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['UNAUTHENTICATED']);
  });

  const OF_A_PERSON = Object.entries(FIELDS).flatMap(([name, { selection, byNull, scopes }]) =>
    name.startsWith('Person.') && !byNull && !scopes.includes('person:read') && selection ? [{ name, selection }] : [],
  );
  it('is tried at each field of a person that needs more than seeing them', () => {
    expect(OF_A_PERSON.length).toBeGreaterThanOrEqual(8);
  });
  it.each(OF_A_PERSON)('of $name nulls it and nothing else, for everybody on a page', async ({ name, selection }) => {
    const query = `{ directory(first: 2) { totalCount edges { node { maskedName ${selection} } } } }`;
    const { data, errors } = await graph.ask(query, {}, { scopes: ['directory:read'] });
    const field = name.replace('Person.', '');
    const node = { maskedName: expect.any(String), [field]: null };
    expect(data).toEqual({ directory: { totalCount: expect.any(Number), edges: [{ node }, { node }] } });
    expect(errors?.map(({ path, extensions }) => [path?.join('.'), extensions['code']])).toEqual(
      [0, 1].map((at) => [`directory.edges.${at}.node.${field}`, 'FORBIDDEN']),
    );
  });

  it("of a check's person leaves the check", async () => {
    const { data, errors } = await graph.ask(
      'query ($id: ID!) { identityCheck(id: $id) { id person { id } } }',
      { id: world.check },
      { scopes: ['identity:read'] },
    );
    expect(data).toEqual({ identityCheck: { id: world.check, person: null } });
    expect(errors?.map(({ path }) => path?.join('.'))).toEqual(['identityCheck.person']);
  });

  it('nulls its own field and leaves the rest', async () => {
    const { data, errors } = await ask('maskedName name mobile voucher(activityCode: "1") { qrCode }', [
      'person:read',
      'voucher:read',
    ]);
    expect(data?.['person']).toMatchObject({ name: null, mobile: null, maskedName: expect.any(String) });
    expect(data?.['person']).toMatchObject({ voucher: { qrCode: expect.any(String) } });
    expect(errors?.map(({ path, extensions }) => [path?.join('.'), extensions['code']])).toEqual([
      ['person.name', 'FORBIDDEN'],
      ['person.mobile', 'FORBIDDEN'],
    ]);
  });

  it.each([
    ['an alias', 'maskedName: name'],
    ['a fragment', '... on Person { name }'],
    ['a fragment within a fragment', '... { ... on Person { ... { n: name } } }'],
    ['a directive', 'name @include(if: true) @skip(if: false)'],
    ['a detour over a check', 'identityChecks { person { name } }'],
  ])('is not got round by %s', async (_what, selection) => {
    const { data, errors } = await ask(selection, ['person:read', 'identity:read']);
    expect(new Set(errors?.map(({ extensions }) => extensions['code']))).toEqual(new Set(['FORBIDDEN']));
    expect(JSON.stringify(data)).not.toContain('欧阳');
  });

  it('of one person among many leaves the others', async () => {
    const { data, errors } = await graph.ask(
      'query ($ids: [ID!]!) { people(ids: $ids) { id name } }',
      { ids: [NOBODY_KNOWN, world.owner] },
      { scopes: [], subject: world.owner },
    );
    expect(data?.['people']).toEqual([null, { id: world.owner, name: expect.any(String) }]);
    expect(errors?.map(({ path }) => path)).toEqual([['people', 0]]);
  });
});

describe('the directory', () => {
  it('opens masked fields with directory:read alone, and nothing else of a person', async () => {
    const query =
      '{ directory(first: 1) { edges { node { id maskedName maskedMobile accounts { moziId } createdAt name voucher(activityCode: "1") { qrCode } } } } personBy(moziId: "mozi-1") { maskedName email } }';
    const { data, errors } = await graph.ask(query, undefined, { scopes: ['directory:read'] });
    expect(data).toMatchObject({
      directory: { edges: [{ node: { maskedName: expect.any(String), name: null, voucher: null } }] },
      personBy: { maskedName: expect.any(String), email: null },
    });
    expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN']);
  });
});
