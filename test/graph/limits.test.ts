import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { LIMITS, measureDocument } from '../../src/graph/guard/limits.js';
import { inventPeople, startGraph, type TestGraph } from './harness.js';

let graph: TestGraph;
let ids: string[];
beforeAll(async () => {
  graph = await startGraph();
  ids = await graph.register(...inventPeople(100));
});
afterAll(() => graph.close());
beforeEach(() => {
  graph.campus.forget();
  graph.zvcms.forget();
});

const repeat = (times: number, one: (at: number) => string, glue = ' ') =>
  Array.from({ length: times }, (_, at) => one(at)).join(glue);
const VOUCHER = 'voucher(activityCode: "1") { qrCode }';
const bomb = (levels: number) =>
  `{ person(id: "x") { ...f0 } } fragment f${levels} on Person { id } ${repeat(levels, (at) => `fragment f${at} on Person { ...f${at + 1} ...f${at + 1} }`)}`;

const HOSTILE: [string, string][] = [
  ['a document of a megabyte', `{ person(id: "${'x'.repeat(1_000_000)}") { id } }`],
  ['a megabyte of brackets', '{a'.repeat(500_000)],
  ['too many tokens', `{ person(id: "x") { ${repeat(4_100, () => 'id')} } }`],
  ['fields too deep', `{ a { ${repeat(12, () => 'a {')} b ${repeat(14, () => '}')}`],
  ['inline fragments too deep', `{ person(id: "x") { ${repeat(50, () => '... {')} id ${repeat(50, () => '}')} } }`],
  [
    'inline fragments to the end of the tokens',
    `{ ${repeat(1_990, () => '... {')}`.slice(0, -2) + `{ __typename ${repeat(1_990, () => '}')} }`,
  ],
  ['lists within lists', `{ people(ids: ${'['.repeat(1_900)}"x"${']'.repeat(1_900)}) { id } }`],
  ['objects within objects', `{ people(ids: ${'{a:'.repeat(900)}1${'}'.repeat(900)}) { id } }`],
  ['too many aliases', `{ person(id: "x") { ${repeat(LIMITS.aliases + 1, (at) => `a${at}: id`)} } }`],
  ['too many fields at the top', `{ ${repeat(LIMITS.rootFields + 1, () => 'me { id }')} }`],
  [
    'too many fields at the top through fragments',
    `{ ...f ...f } fragment f on Query { ${repeat(LIMITS.rootFields / 2 + 1, () => 'me { id }')} }`,
  ],
  ['too many directives', `{ me { id ${repeat(LIMITS.directives + 1, () => '@include(if: true)')} } }`],
  ['directives on the operation', `query ${repeat(LIMITS.directives + 1, () => '@a')} { me { id } }`],
  ['too many fields', `{ me { ${repeat(1_001, () => 'id')} } }`],
  ['a fragment that spreads itself', '{ me { ...a } } fragment a on Person { id ...a }'],
  [
    'fragments in a ring',
    '{ me { ...a } } fragment a on Person { ...b } fragment b on Person { ...c } fragment c on Person { ...a }',
  ],
  ['a ring that nothing spreads', '{ me { id } } fragment a on Person { ...b } fragment b on Person { ...a }'],
  ['a fragment that doubles itself thirty times', bomb(30)],
  [
    'a fragment that nothing spreads, with too many fields',
    `{ me { id } } fragment a on Person { ${repeat(1_001, () => 'id')} }`,
  ],
  [
    'people of a hundred with vouchers, twice',
    `query ($ids: [ID!]!) { a: people(ids: $ids) { ${VOUCHER} } b: people(ids: $ids) { ${VOUCHER} } }`,
  ],
  [
    'two questions for each of a hundred',
    `query ($ids: [ID!]!) { people(ids: $ids) { a: ${VOUCHER} b: voucher(activityCode: "2") { qrCode } } }`,
  ],
  [
    'a second question behind a fragment',
    `query ($ids: [ID!]!) { people(ids: $ids) { ...f giftCardBalance { amount } } } fragment f on Person { ... { ${VOUCHER} } }`,
  ],
  [
    'a second question that @include leaves out',
    `query ($ids: [ID!]!, $no: Boolean = false) { people(ids: $ids) { ${VOUCHER} giftCardBalance @include(if: $no) { amount } } }`,
  ],
  [
    'the default of a variable',
    `query ($first: Int! = 100) { directory(first: $first) { edges { node { ${VOUCHER} giftCardBalance { amount } } } } }`,
  ],
  [
    'more codes than the vendor is asked at once',
    'query ($codes: [String!]!) { a: exchangeCodes(codes: $codes) { code } b: exchangeCodes(codes: $codes) { code } }',
  ],
  [
    'too many objects',
    `query ($ids: [ID!]!) { ${repeat(30, (at) => `p${at}: people(ids: $ids) { id accounts { moziId } a: accounts { moziId } b: accounts { moziId } }`)} }`,
  ],
];

describe('an operation that would cost too much', () => {
  it.each(HOSTILE)('%s: is refused before anything runs', async (_what, query) => {
    const answer = await graph.ask(query, { ids, codes: ids });
    expect(answer.errors?.map(({ extensions }) => extensions)).toEqual([{ code: 'OPERATION_TOO_COMPLEX' }]);
    expect(answer.data ?? null).toBeNull();
    expect(answer.status).toBe(400);
    expect(graph.campus.requests.length + graph.zvcms.requests.length).toBe(0);
  });

  it('is refused as a GET, too', async () => {
    const url = new URL(graph.url);
    url.searchParams.set('query', `{ ${repeat(LIMITS.rootFields + 1, () => 'me { id }')} }`);
    const response = await fetch(url, { headers: { 'content-type': 'application/json' } });
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'OPERATION_TOO_COMPLEX' } }] });
  });
});

describe('entities', () => {
  const entities = (selection: string, more = '') =>
    `query ($r: [_Any!]!) { _entities(representations: $r) { ${selection} } } ${more}`;
  const people = (n: number) =>
    Array.from({ length: n }, (_, at) => ({ __typename: 'Person', id: ids[at % ids.length] }));

  it('a hundred with vouchers fit', async () => {
    const { errors } = await graph.ask(entities(`... on Person { ${VOUCHER} }`), { r: people(100) });
    expect(errors).toBeUndefined();
    expect(graph.campus.calls).toBe(100);
  });

  it.each([
    ['too many', 151, `... on Person { ${VOUCHER} }`, ''],
    ['a fragment without a type', 151, `... { ... on Person { ${VOUCHER} } }`, ''],
    ['a fragment for the whole union', 151, `... on _Entity { ... on Person { ${VOUCHER} } }`, ''],
    ['a named fragment for the whole union', 151, '...f', `fragment f on _Entity { ... on Person { ${VOUCHER} } }`],
    ['the same type in two fragments', 100, `... on Person { ${VOUCHER} } ... on Person { b: ${VOUCHER} }`, ''],
    ['two aliases', 100, `... on Person { a: ${VOUCHER} b: ${VOUCHER} }`, ''],
    [
      'a fragment for the union, and one for the type within it',
      100,
      `... on _Entity { t: __typename ... on Person { a: ${VOUCHER} ...f } }`,
      `fragment f on Person { b: ${VOUCHER} }`,
    ],
    ['more objects than any list holds', 10_001, '... on Person { id }', ''],
  ])('%s are refused before anything runs', async (_what, n, selection, more) => {
    const answer = await graph.ask(entities(selection, more), { r: people(n) });
    expect(answer.errors?.map(({ extensions }) => extensions)).toEqual([{ code: 'OPERATION_TOO_COMPLEX' }]);
    expect(graph.campus.requests).toEqual([]);
  });
});

describe('entities of other types', () => {
  const codes = (n: number) => Array.from({ length: n }, (_, at) => ({ __typename: 'ExchangeCode', code: `C${at}` }));
  const person = () => ({ __typename: 'Person', id: ids[0] });
  const CODE = '... on ExchangeCode { redeemable }';

  it.each<[string, string, (n: number) => unknown[]]>([
    ['codes', CODE, codes],
    ['codes, though nothing of them is asked', '__typename', codes],
    ['codes behind a fragment for the whole union', `... on _Entity { ${CODE} }`, codes],
    ['codes among people with vouchers', `${CODE} ... on Person { ${VOUCHER} }`, (n) => [person(), ...codes(n - 1)]],
  ])('%s cost what finding them costs', async (_what, selection, entities) => {
    const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ${selection} } }`;
    const answer = await graph.ask(query, { r: entities(151) });
    expect(answer.errors?.map(({ extensions }) => extensions)).toEqual([{ code: 'OPERATION_TOO_COMPLEX' }]);
    expect(graph.zvcms.requests.length + graph.campus.requests.length).toBe(0);
  });

  it('in the document itself, too', async () => {
    const written = repeat(151, (at) => `{ __typename: "ExchangeCode", code: "C${at}" }`);
    const { errors } = await graph.ask(`{ _entities(representations: [${written}]) { __typename } }`);
    expect(errors?.map(({ extensions }) => extensions)).toEqual([{ code: 'OPERATION_TOO_COMPLEX' }]);
  });

  it('what is asked of people costs nothing where there are only codes', async () => {
    const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Person { a: ${VOUCHER} b: ${VOUCHER} } } }`;
    const { errors } = await graph.ask(query, { r: [...codes(3), person()] });
    expect(errors).toBeUndefined();
    expect(graph.campus.calls).toBe(1);
  });
});

describe('searches', () => {
  const search = (n: number) =>
    graph.ask(`query ($s: String) { ${repeat(n, (at) => `s${at}: directory(first: 1, search: $s) { totalCount }`)} }`, {
      s: '测试',
    });

  it('ten of one operation run, eleven do not', async () => {
    expect((await search(10)).errors).toBeUndefined();
    expect((await search(11)).errors?.map(({ extensions }) => extensions)).toEqual([{ code: 'OPERATION_TOO_COMPLEX' }]);
  });

  it('pages that search for nothing cost no search', async () => {
    const { errors } = await graph.ask(`{ ${repeat(11, (at) => `s${at}: directory(first: 1) { totalCount }`)} }`);
    expect(errors).toBeUndefined();
  });
});

describe('an operation that people really send', () => {
  it('people of a hundred with vouchers runs', async () => {
    const { errors } = await graph.ask(`query ($ids: [ID!]!) { people(ids: $ids) { id ${VOUCHER} } }`, { ids });
    expect(errors).toBeUndefined();
    expect(graph.campus.calls).toBe(100);
  });

  it.each([
    [
      'an explorer',
      getIntrospectionQuery({
        inputValueDeprecation: true,
        specifiedByUrl: true,
        directiveIsRepeatable: true,
        schemaDescription: true,
      }),
    ],
    ['a code generator', getIntrospectionQuery()],
    ['an explorer that knows oneOf', getIntrospectionQuery({ oneOf: true })],
  ])('the introspection of %s runs', async (_who, query) => {
    const { data, errors } = await graph.ask(query);
    expect(errors).toBeUndefined();
    expect(data).toHaveProperty('__schema.types');
  });

  it('introspection that goes round in rings does not', async () => {
    const { errors } = await graph.ask(
      `{ __schema { types { ${repeat(5, () => 'fields { type {')} name ${repeat(5, () => '} }')} } } }`,
    );
    expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  });
});

describe('the time to refuse', () => {
  it.each(HOSTILE.slice(0, 19))('%s: takes next to nothing', (_what, query) => {
    measureDocument(query);
    const started = performance.now();
    measureDocument(query);
    // Single-digit milliseconds where nothing else runs; a test machine is shared.
    expect(performance.now() - started).toBeLessThan(60);
  });

  it('a megabyte is refused in less than ten milliseconds', () => {
    const query = HOSTILE[0]?.[1] ?? '';
    const times = Array.from({ length: 5 }, () => {
      const started = performance.now();
      expect(measureDocument(query).refusal?.extensions).toMatchObject({ code: 'OPERATION_TOO_COMPLEX' });
      return performance.now() - started;
    });
    expect(query.length).toBeGreaterThan(1_000_000);
    expect(Math.min(...times)).toBeLessThan(10);
  });

  it('validates what the limits let through in bearable time', async () => {
    const started = performance.now();
    await graph.ask(`{ me { ${repeat(LIMITS.fields - 1, () => 'id')} } }`);
    await graph.ask(`{ me { ${repeat(LIMITS.fields - 1, (at) => (at % 2 ? 'id' : 'name'))} } }`);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
