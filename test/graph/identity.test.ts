import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, startGraph, type TestGraph } from './harness.js';

const START = `mutation ($input: StartIdentityCheckInput!) { startIdentityCheck(input: $input) {
  connKey onceToken check { id status identityType queryType startedAt askedAt settledAt person { id } } } }`;
const CHECK_FIELDS =
  'id status identityType queryType refusal { code message } resultPageUrl merchantIdentityId askedAt settledAt person { id }';
const SETTLE = `mutation ($id: ID!) { settleIdentityCheck(id: $id) { ${CHECK_FIELDS} } }`;
const CHECK = `mutation ($input: CheckIdentityInput!) { checkIdentity(input: $input) { ${CHECK_FIELDS} } }`;

interface Check {
  id: string;
  status: string;
  refusal: { code: string; message: string } | null;
  askedAt: string | null;
  settledAt: string | null;
  merchantIdentityId: string | null;
}

let graph: TestGraph;
beforeAll(async () => {
  graph = await startGraph({ ZHIMA_TIMEOUT_MS: '1500' });
});
afterAll(() => graph.close());
afterEach(() => {
  graph.zhima.play(null);
  graph.zhima.forget();
});

let people = 0;
const person = async (accounts: Record<string, unknown>) => {
  people += 1;
  const [id = ''] = await graph.register({ name: `查${people}`, ...accounts });
  return id;
};
const start = async (personId: string) => {
  const { data, errors } = await graph.ask(START, { input: { personId, identityType: '04' } });
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.['startIdentityCheck'] as { connKey: string; onceToken: string; check: Check };
};
const settle = async (id: string) => {
  const answer = await graph.ask(SETTLE, { id });
  return { check: answer.data?.['settleIdentityCheck'] as Check | undefined, errors: answer.errors };
};
const codesOf = ({ errors }: Pick<Answer, 'errors'>) => errors?.map(({ extensions }) => extensions['code']);

describe('a check from start to verdict', () => {
  it('waits at first, and then keeps its verdict without asking again', async () => {
    const id = await person({ alipayUserId: '2088000000000001' });
    const { check, connKey, onceToken } = await start(id);
    expect(check).toMatchObject({
      status: 'STARTED',
      identityType: '04',
      queryType: 'EXACT',
      askedAt: null,
      settledAt: null,
      person: { id },
    });
    expect(new Set([connKey, onceToken]).size).toBe(2);
    expect(graph.zhima.requests).toHaveLength(0);

    expect((await settle(check.id)).check).toMatchObject({
      status: 'WAITING',
      settledAt: null,
      askedAt: expect.any(String),
    });
    const settled = (await settle(check.id)).check;
    expect(settled).toMatchObject({
      status: 'TRUSTED',
      refusal: null,
      merchantIdentityId: expect.stringMatching(/^V1_/),
      settledAt: expect.any(String),
    });
    expect((await settle(check.id)).check).toEqual(settled);
    expect(graph.zhima.requests).toHaveLength(2);
    const { data } = await graph.ask(
      `query ($id: ID!, $person: ID!) { identityCheck(id: $id) { ${CHECK_FIELDS} } person(id: $person) { identityChecks { id status } } }`,
      {
        id: check.id,
        person: id,
      },
    );
    expect(data).toEqual({ identityCheck: settled, person: { identityChecks: [{ id: check.id, status: 'TRUSTED' }] } });
    expect(graph.zhima.requests).toHaveLength(2);
  });

  it('fifty settles at once are one question and one verdict', async () => {
    const { check } = await start(await person({ alipayOpenId: 'sandbox-open-id-trusted-at-once' }));
    const settled = await Promise.all(Array.from({ length: 50 }, () => settle(check.id)));
    expect(new Set(settled.map(({ check: one }) => one?.status))).toEqual(new Set(['TRUSTED']));
    expect(graph.zhima.requests).toHaveLength(1);
  });

  it("a refusal is told in our words with the vendor's code", async () => {
    const { check } = await start(await person({ alipayUserId: '2088000000000004' }));
    expect((await settle(check.id)).check).toMatchObject({
      status: 'REFUSED',
      refusal: { code: 'USER_NOT_AUTHORIZE', message: 'The person has not agreed to the check.' },
    });
  });

  it('an answer lost on the wire becomes LOST, not a bad token', async () => {
    const { check } = await start(await person({ alipayUserId: '2088000000000007' }));
    expect(codesOf(await settle(check.id))).toEqual(['VENDOR_UNAVAILABLE']);
    expect((await settle(check.id)).check).toMatchObject({ status: 'LOST', refusal: null });
    expect(graph.zhima.requests).toHaveLength(2);
  });

  it('an answer signed with another key is not believed', async () => {
    const { check } = await start(await person({ alipayUserId: '2088000000000006' }));
    graph.zhima.play('signed-with-another-key');
    expect((await settle(check.id)).errors?.[0]?.extensions).toMatchObject({
      code: 'VENDOR_PROTOCOL',
      vendor: 'zhima',
    });
    const { data } = await graph.ask('query ($id: ID!) { identityCheck(id: $id) { status } }', { id: check.id });
    expect(data).toEqual({ identityCheck: { status: 'STARTED' } });
  });

  it('a person without an identity for the vendor is told what is missing', async () => {
    const answer = await graph.ask(START, { input: { personId: await person({}), identityType: '04' } });
    expect(answer.errors?.[0]?.extensions).toEqual({
      code: 'PERSON_INCOMPLETE',
      missing: ['alipayUserId', 'alipayOpenId', 'idNumber'],
    });
  });

  it('somebody unknown is NOT_FOUND, an unknown check is null to read and NOT_FOUND to settle', async () => {
    expect(codesOf(await graph.ask(START, { input: { personId: randomUUID(), identityType: '04' } }))).toEqual([
      'NOT_FOUND',
    ]);
    expect(codesOf(await settle(randomUUID()))).toEqual(['NOT_FOUND']);
    expect((await graph.ask('query ($id: ID!) { identityCheck(id: $id) { id } }', { id: randomUUID() })).data).toEqual({
      identityCheck: null,
    });
  });
});

describe('keys minted elsewhere', () => {
  const keys = () => ({ connKey: randomUUID(), onceToken: randomUUID(), identityType: '04' });

  it('the same keys twice are the same check', async () => {
    const input = { ...keys(), userId: '2088000000000006' };
    const first = (await graph.ask(CHECK, { input })).data?.['checkIdentity'];
    expect(first).toMatchObject({ status: 'TRUSTED', person: null });
    expect((await graph.ask(CHECK, { input })).data?.['checkIdentity']).toEqual(first);
    expect(graph.zhima.requests).toHaveLength(1);
    expect(codesOf(await graph.ask(CHECK, { input: { ...input, onceToken: randomUUID() } }))).toEqual(['CONFLICT']);
  });

  it('a certificate is checked with its type before the vendor is asked, and never stored in clear', async () => {
    const certNo = '11010519491231002X';
    expect(
      (await graph.ask(CHECK, { input: { ...keys(), certNo: '110105194912310021' } })).errors?.[0]?.extensions,
    ).toEqual({
      code: 'BAD_USER_INPUT',
      field: 'certNo',
    });
    expect(graph.zhima.requests).toHaveLength(0);
    const { data } = await graph.ask(CHECK, { input: { ...keys(), certNo, certType: 'ID_CARD' } });
    expect(data?.['checkIdentity']).toMatchObject({ status: 'WAITING' });
    expect(graph.zhima.requests[0]?.query.get('cert_no')).toBe(certNo);
    expect(graph.zhima.requests[0]?.query.get('cert_type')).toBe('0');
    expect(bytesOf(graph).includes(certNo)).toBe(false);
  });

  it.each([
    ['nobody', {}],
    ['two identities', { userId: '2088000000000006', openId: 'x' }],
    ['a blank key', { userId: '2088000000000006', connKey: '' }],
  ])('refuses %s', async (_what, wrong) => {
    expect(codesOf(await graph.ask(CHECK, { input: { ...keys(), ...wrong } }))).toEqual(['BAD_USER_INPUT']);
    expect(graph.zhima.requests).toHaveLength(0);
  });
});

describe('forgetting a person', () => {
  it('keeps the verdict and the times, and nothing that leads to the person', async () => {
    const accounts = {
      alipayUserId: '2088000000000005',
      alipayOpenId: 'open-id-to-forget',
      mobile: '13755555555',
      idNumber: '110101199003070759',
    };
    const id = await person(accounts);
    const { check, connKey, onceToken } = await start(id);
    const before = (await settle(check.id)).check;
    await graph.ask('mutation ($id: ID!) { forgetPerson(id: $id) }', { id });
    const { data } = await graph.ask(`query ($id: ID!) { identityCheck(id: $id) { ${CHECK_FIELDS} } }`, {
      id: check.id,
    });
    expect(data?.['identityCheck']).toEqual({ ...before, person: null, merchantIdentityId: null, resultPageUrl: null });
    const bytes = bytesOf(graph);
    expect(bytes.includes(check.id)).toBe(true);
    for (const trace of [id, connKey, onceToken, ...Object.values(accounts)]) expect(bytes.includes(trace)).toBe(false);
  });

  it('leaves no keys of a check that was made by an account which they have given up since', async () => {
    const userId = '2088000000000003';
    const id = await person({ alipayUserId: userId });
    const { data } = await graph.ask(CHECK, {
      input: { connKey: randomUUID(), onceToken: randomUUID(), identityType: '04', userId },
    });
    const check = data?.['checkIdentity'] as Check;
    expect(check).toMatchObject({ status: 'WAITING', person: null });
    await graph.ask('mutation ($id: ID!) { updatePerson(id: $id, input: { alipayUserId: null }) { id } }', { id });
    expect((await settle(check.id)).check).toMatchObject({ status: 'WAITING', person: null });
    await graph.ask('mutation ($id: ID!) { forgetPerson(id: $id) }', { id });
    const asked = graph.zhima.requests.length;
    expect((await settle(check.id)).check).toMatchObject({ id: check.id, status: 'WAITING' });
    // Without keys there is nothing to ask with.
    expect(graph.zhima.requests).toHaveLength(asked);
  });
});

it('without zhima checks can still be read, and asking is VENDOR_DISABLED', async () => {
  const id = await person({ alipayOpenId: 'open-id-to-be-read' });
  const { check } = await start(id);
  const bare = await startGraph({
    ...Object.fromEntries(
      ['BASE_URL', 'APP_ID', 'PRIVATE_KEY', 'SERVICE_ID', 'ALIPAY_PUBLIC_KEY'].map((name) => [`ZHIMA_${name}`, '']),
    ),
    DATABASE_URL: graph.settings['DATABASE_URL'],
  });
  try {
    expect(codesOf(await bare.ask(START, { input: { personId: id, identityType: '04' } }))).toEqual([
      'VENDOR_DISABLED',
    ]);
    expect(codesOf(await bare.ask(SETTLE, { id: check.id }))).toEqual(['VENDOR_DISABLED']);
    const query = `query ($id: ID!, $check: ID!) { person(id: $id) { identityChecks { id status } } identityCheck(id: $check) { status } }`;
    expect((await bare.ask(query, { id, check: check.id })).data).toEqual({
      person: { identityChecks: [{ id: check.id, status: 'STARTED' }] },
      identityCheck: { status: 'STARTED' },
    });
  } finally {
    await bare.close();
  }
});

/** All bytes of the database: the file, its log and its shared memory. */
function bytesOf({ folder }: TestGraph): Buffer {
  const files = readdirSync(folder).filter((name) => name.startsWith('test.db') && !name.endsWith('.key'));
  if (files.length === 0) throw new Error('there is no database file');
  return Buffer.concat(files.map((name) => readFileSync(join(folder, name))));
}
