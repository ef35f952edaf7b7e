import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, inventPeople, startGraph, type TestGraph } from './harness.js';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph();
});
afterAll(() => graph.close());

const REGISTER = `mutation ($input: PersonInput!) { registerPerson(input: $input) {
  id name mobile email idNumber maskedName maskedMobile accounts { moziId zvcmsUserId alipayUserId alipayOpenId } createdAt updatedAt } }`;
const UPDATE = `mutation ($id: ID!, $input: PersonInput!) { updatePerson(id: $id, input: $input) { name mobile email } }`;

const codesOf = ({ errors }: Answer) => errors?.map(({ extensions }) => extensions['code']);

describe('registering', () => {
  it('normalises what it is given', async () => {
    const { data, errors } = await graph.ask(REGISTER, {
      input: {
        name: ' 张三 ',
        mobile: '+86 182 0909 9090',
        email: 'Zhang.San@Example.com',
        idNumber: '11010519491231002x',
        moziId: 'm1',
      },
    });
    expect(errors).toBeUndefined();
    expect(data?.['registerPerson']).toMatchObject({
      name: '张三',
      mobile: '18209099090',
      idNumber: '11010519491231002X',
      maskedName: '张*',
      maskedMobile: '182****9090',
      accounts: { moziId: 'm1', zvcmsUserId: null, alipayUserId: null, alipayOpenId: null },
    });
  });

  it.each([
    ['mobile', { mobile: '12345678901' }],
    ['mobile', { mobile: '1380000000' }],
    ['email', { email: 'not an address' }],
    ['idNumber', { idNumber: '110105194912310021' }],
    ['name', { name: '  ' }],
    ['moziId', { moziId: 'a b' }],
  ])('refuses a wrong %s by its name and without its value', async (field, wrong) => {
    const answer = await graph.ask(REGISTER, { input: { name: '李四', ...wrong } });
    expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field });
    expect(JSON.stringify(answer.errors)).not.toContain(Object.values(wrong)[0]?.trim() || 'nothing to find');
  });

  it('a linked account that belongs to somebody else is CONFLICT', async () => {
    await graph.register({ name: '甲', zvcmsUserId: 'z-77' });
    const answer = await graph.ask(REGISTER, { input: { name: '乙', zvcmsUserId: 'z-77' } });
    expect(answer.errors?.[0]?.extensions).toEqual({ code: 'CONFLICT', field: 'zvcmsUserId' });
  });
});

describe('changing and forgetting', () => {
  it('leaves what is left out and removes what is null', async () => {
    const [id] = await graph.register({ name: '王五', mobile: '13700000001', email: 'wangwu@example.com' });
    const { data } = await graph.ask(UPDATE, { id, input: { name: '王六', email: null } });
    expect(data?.['updatePerson']).toEqual({ name: '王六', mobile: '13700000001', email: null });
  });

  it('gives a freed account to the next person', async () => {
    const [id] = await graph.register({ name: '甲', mobile: '13700000002' });
    await graph.ask(UPDATE, { id, input: { name: '甲', mobile: null } });
    expect(await graph.register({ name: '乙', mobile: '13700000002' })).toHaveLength(1);
  });

  it('is NOT_FOUND for somebody unknown', async () => {
    const id = '0197f9a0-0000-7000-8000-000000000000';
    expect(codesOf(await graph.ask(UPDATE, { id, input: { name: '谁' } }))).toEqual(['NOT_FOUND']);
    expect(codesOf(await graph.ask('mutation ($id: ID!) { forgetPerson(id: $id) }', { id }))).toEqual(['NOT_FOUND']);
  });

  it('a forgotten person is unknown', async () => {
    const [id] = await graph.register({ name: '赵走', mobile: '13700000003' });
    expect((await graph.ask('mutation ($id: ID!) { forgetPerson(id: $id) }', { id })).data).toEqual({
      forgetPerson: true,
    });
    const { data } = await graph.ask(
      'query ($id: ID!) { person(id: $id) { id } personBy(mobile: "13700000003") { id } }',
      { id },
    );
    expect(data).toEqual({ person: null, personBy: null });
  });
});

describe('looking up', () => {
  it('finds by each linked account', async () => {
    const accounts = {
      mobile: '13700000010',
      email: 'find@example.com',
      moziId: 'fm',
      zvcmsUserId: 'fz',
      alipayUserId: '2088000000000010',
      alipayOpenId: 'fo',
    };
    const [id] = await graph.register({ name: '寻', ...accounts });
    expect(Object.keys(accounts)).toHaveLength(6);
    for (const [kind, value] of Object.entries({ ...accounts, mobile: '+8613700000010', email: 'FIND@example.com' })) {
      const { data } = await graph.ask(`{ personBy(${kind}: ${JSON.stringify(value)}) { id } }`);
      expect(data).toEqual({ personBy: { id } });
    }
  });

  it.each(['personBy', 'personBy(mobile: null)', 'personBy(mobile: "13700000010", email: "find@example.com")'])(
    'refuses %s',
    async (field) => {
      expect(codesOf(await graph.ask(`{ ${field} { id } }`))).toEqual(['BAD_USER_INPUT']);
    },
  );

  it('people come in the order asked, null where unknown', async () => {
    const [a, b] = await graph.register({ name: '甲' }, { name: '乙' });
    const { data, errors } = await graph.ask('query ($ids: [ID!]!) { people(ids: $ids) { id } }', {
      ids: [b, 'nobody', a, b],
    });
    expect(errors).toBeUndefined();
    expect(data).toEqual({ people: [{ id: b }, null, { id: a }, { id: b }] });
  });

  it('refuses more than a hundred ids', async () => {
    const answer = await graph.ask('query ($ids: [ID!]!) { people(ids: $ids) { id } }', {
      ids: Array<string>(101).fill('x'),
    });
    expect(answer.errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: 'ids' });
  });
});

describe('the directory', () => {
  let listed: TestGraph;
  beforeAll(async () => {
    listed = await startGraph();
    await listed.register(...inventPeople(7));
  });
  afterAll(() => listed.close());

  interface Page {
    totalCount: number;
    edges: { cursor: string; node: { maskedMobile: string } }[];
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
  }
  const page = async (args: string): Promise<Page> => {
    const { data, errors } = await listed.ask(
      `{ directory(${args}) { totalCount edges { cursor node { maskedMobile } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
    );
    if (errors) throw new Error(JSON.stringify(errors));
    return data?.['directory'] as Page;
  };
  const mobiles = ({ edges }: Page) => edges.map(({ node }) => node.maskedMobile.slice(-4));

  it('pages do not overlap or skip while people are added', async () => {
    const first = await page('first: 3');
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    await listed.register({ name: '后来', mobile: '13800000999' });
    const second = await page(`first: 3, after: "${first.pageInfo.endCursor ?? ''}"`);
    const third = await page(`first: 3, after: "${second.pageInfo.endCursor ?? ''}"`);
    expect([...mobiles(first), ...mobiles(second), ...mobiles(third)]).toEqual([
      '0000',
      '0001',
      '0002',
      '0003',
      '0004',
      '0005',
      '0006',
      '0999',
    ]);
    expect(third.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    expect(third.totalCount).toBe(8);
  });

  it('search matches any part of a name, and mobiles and e-mails by the whole or the last four digits', async () => {
    await listed.register({ name: '诸葛亮', mobile: '13912345678', email: 'kongming@shu.example.com' });
    for (const search of ['诸', '葛亮', '5678', '13912345678', '+86 139 1234 5678', 'KongMing@shu.example.com']) {
      expect(mobiles(await page(`search: ${JSON.stringify(search)}`))).toEqual(['5678']);
    }
    // Asking for part after part would give the whole to whoever may search.
    for (const search of [
      '1391',
      '139123',
      '1391234567',
      '4567',
      '678',
      '45678',
      'KongMing',
      'kongming@',
      'shu.example.com',
    ])
      expect(mobiles(await page(`search: ${JSON.stringify(search)}`))).toEqual([]);
    expect(await page('search: "葛诸"')).toMatchObject({
      totalCount: 0,
      edges: [],
      pageInfo: { startCursor: null, endCursor: null },
    });
  });

  it.each(['first: 0', 'first: 101', 'first: -1', 'after: "nonsense"', 'after: ""', 'after: "cGVyc29uOng"'])(
    'refuses %s',
    async (args) => {
      const answer = await listed.ask(`{ directory(${args}) { totalCount } }`);
      expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
    },
  );
});
