import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { isObjectType } from 'graphql';
import { accessRuleOf } from '../../src/graph/access.js';
import { graphOf } from '../../src/modules/index.js';
import { startGraph, type TestGraph } from './harness.js';

let graph: TestGraph;
let id: string;
const PERSON = {
  name: '审计人',
  mobile: '13800000088',
  email: 'audit@example.com',
  idNumber: '11010519491231002X',
  alipayUserId: '2088000000000006',
};
beforeAll(async () => {
  // What is logged must not depend on how much else is.
  graph = await startGraph({ LOG_LEVEL: 'silent' });
  [id = ''] = await graph.register(PERSON);
});
afterAll(() => graph.close());

let read = 0;
const text = () => readFileSync(join(graph.folder, 'audit.log'), 'utf8');
beforeEach(() => {
  read = text().length;
});
const lines = () =>
  text()
    .slice(read)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { time, level, msg, ...entry } = JSON.parse(line) as Record<string, unknown>;
      expect([typeof time, level, msg]).toEqual(['number', 30, undefined]);
      return entry;
    });

const PII = 'query ($id: ID!) { person(id: $id) { maskedName name mobile email idNumber } }';
const STAFF = '0197f9a0-0000-7000-8000-00000000000c';
const pii = (field: string, more: object) => ({
  audit: true,
  kind: 'pii',
  field: `Person.${field}`,
  person: id,
  ...more,
});

it('stands beside the four pii fields, the directory and the three mutations of identity checks', () => {
  const types = Object.values(graphOf('all').schema.getTypeMap()).filter(isObjectType);
  const audited = types.flatMap((type) =>
    Object.values(type.getFields()).flatMap((field) =>
      accessRuleOf(field)?.audit ? [`${type.name}.${field.name}`] : [],
    ),
  );
  expect(audited.sort()).toEqual([
    'Mutation.checkIdentity',
    'Mutation.settleIdentityCheck',
    'Mutation.startIdentityCheck',
    'Person.email',
    'Person.idNumber',
    'Person.mobile',
    'Person.name',
    'Query.directory',
  ]);
});

describe('a read of personal data', () => {
  it('leaves a line for each field, who and whose', async () => {
    await graph.ask(PII, { id }, { scopes: ['person:read', 'person:pii'], subject: STAFF });
    const allowed = { who: STAFF, verdict: 'allowed' };
    expect(lines()).toEqual(['name', 'mobile', 'email', 'idNumber'].map((field) => pii(field, allowed)));
  });

  it('leaves one where it is refused, too', async () => {
    await graph.ask('query ($id: ID!) { person(id: $id) { n: name } }', { id }, { scopes: ['person:read'] });
    expect(lines()).toEqual([pii('name', { who: 'anonymous', verdict: 'refused' })]);
  });

  it('leaves none where only masked fields are read', async () => {
    await graph.ask('query ($id: ID!) { person(id: $id) { maskedName maskedMobile } }', { id });
    expect(lines()).toEqual([]);
  });

  it('through entities leaves one, too, and names an id that is not ours by a keyed hash', async () => {
    const query = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Person { name } } }';
    const asked = { r: [{ __typename: 'Person', id: PERSON.mobile }] };
    await graph.ask(query, asked, { headers: { authorization: '' } });
    const [line] = lines();
    expect(line).toEqual(pii('name', { who: 'anonymous', verdict: 'refused', person: line?.['person'] }));
    expect(line?.['person']).toMatch(/^hash:[\w-]{22}$/);
    // The same one each time, so that lines about one person can be found; another for another.
    for (const other of [PERSON.mobile, '13800000089']) {
      await graph.ask(query, { r: [{ __typename: 'Person', id: other }] }, { headers: { authorization: '' } });
    }
    const [first, same, other] = lines().map(({ person }) => person);
    expect([same === first, other === first]).toEqual([true, false]);
  });
});

describe('a search of the directory', () => {
  const SEARCH = 'query ($s: String) { directory(search: $s) { edges { node { id } } } }';
  const line = { audit: true, kind: 'search', field: 'Query.directory', person: null };

  it('leaves a line without its text, allowed or refused', async () => {
    await graph.ask(SEARCH, { s: PERSON.mobile }, { scopes: ['directory:read'], subject: STAFF });
    await graph.ask(SEARCH, { s: '审计' }, { scopes: [], subject: STAFF });
    expect(lines()).toEqual([
      { ...line, who: STAFF, verdict: 'allowed' },
      { ...line, who: STAFF, verdict: 'refused' },
    ]);
  });

  it('leaves none where nothing was searched for', async () => {
    await graph.ask(SEARCH, { s: ' ' });
    await graph.ask('{ directory { totalCount } }');
    expect(lines()).toEqual([]);
  });
});

describe('an identity check', () => {
  const START =
    'mutation ($id: ID!) { startIdentityCheck(input: { personId: $id, identityType: "04" }) { check { id } } }';
  const SETTLE = 'mutation ($id: ID!) { settleIdentityCheck(id: $id) { status } }';
  const CHECK = 'mutation ($input: CheckIdentityInput!) { checkIdentity(input: $input) { id status } }';
  const keys = { connKey: 'conn-key-of-audit-1', onceToken: 'once-token-of-audit-1', identityType: '04' };

  it('leaves what came of each step', async () => {
    const own = { scopes: [], subject: id };
    const { data } = await graph.ask(START, { id }, own);
    const { check } = data?.['startIdentityCheck'] as { check: { id: string } };
    await graph.ask(SETTLE, { id: check.id }, own);
    const { data: checked } = await graph.ask(CHECK, { input: { ...keys, personId: id } }, own);
    const entry = { audit: true, who: id, person: id, verdict: 'allowed' };
    expect(lines()).toEqual([
      { ...entry, kind: 'identity-start', field: 'Mutation.startIdentityCheck', check: check.id, status: 'STARTED' },
      { ...entry, kind: 'identity-settle', field: 'Mutation.settleIdentityCheck', check: check.id, status: 'TRUSTED' },
      {
        ...entry,
        kind: 'identity-check',
        field: 'Mutation.checkIdentity',
        check: (checked?.['checkIdentity'] as { id: string }).id,
        status: 'TRUSTED',
      },
    ]);
  });

  it('leaves a refusal and a failure', async () => {
    await graph.ask(START, { id }, { scopes: ['identity:read'], subject: STAFF });
    graph.zhima.play('system-error', 1);
    await graph.ask(CHECK, { input: { ...keys, connKey: 'conn-key-of-audit-2', userId: PERSON.alipayUserId } });
    expect(lines()).toMatchObject([
      { kind: 'identity-start', who: STAFF, person: id, verdict: 'refused', check: null },
      { kind: 'identity-check', who: 'anonymous', person: null, verdict: 'allowed', status: 'FAILED' },
    ]);
  });
});

it('holds nobody’s data, token or key', () => {
  const all = text();
  expect(all.length).toBeGreaterThan(1_000);
  const needles = [...Object.values(PERSON), 'conn-key-of-audit', 'once-token-of-audit', '审'];
  expect(needles.filter((needle) => all.includes(needle))).toEqual([]);
});
