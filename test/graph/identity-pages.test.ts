import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startGraph, type TestGraph } from './harness.js';

let graph: TestGraph;
/** Somebody with checks, the checks, newest first, and a check of somebody else. */
let id: string;
let ids: string[];
let another: string;
beforeAll(async () => {
  graph = await startGraph();
  const [one = '', other = ''] = await graph.register(
    { name: '甲', alipayUserId: '2088000000000001' },
    { name: '乙', alipayUserId: '2088000000000002' },
  );
  id = one;
  for (let made = 0; made < 23; made += 1) await start(id);
  ids = (await list(id, '(first: 100)')).checks ?? [];
  another = await start(other);
});
afterAll(() => graph.close());

async function start(personId: string): Promise<string> {
  const { data } = await graph.ask(
    'mutation ($id: ID!) { startIdentityCheck(input: { personId: $id, identityType: "04" }) { check { id } } }',
    { id: personId },
  );
  return (data?.['startIdentityCheck'] as { check: { id: string } }).check.id;
}

async function list(personId: string, args: string, options = {}) {
  const { data, errors } = await graph.ask(
    `query ($id: ID!) { person(id: $id) { maskedName identityChecks${args} { id } } }`,
    { id: personId },
    options,
  );
  const checks = (data?.['person'] as { identityChecks: { id: string }[] | null }).identityChecks;
  return {
    checks: checks?.map((check) => check.id) ?? null,
    extensions: errors?.map(({ extensions }) => extensions),
  };
}

it('checks are read to the end, newest first, twenty at once where nothing is said', async () => {
  expect(ids).toHaveLength(23);
  expect(ids).toEqual([...ids].sort().reverse());
  expect((await list(id, '')).checks).toEqual(ids.slice(0, 20));
  expect((await list(id, `(after: "${ids[19] ?? ''}")`)).checks).toEqual(ids.slice(20));
  expect((await list(id, `(first: 5, after: "${ids[4] ?? ''}")`)).checks).toEqual(ids.slice(5, 10));
  expect((await list(id, `(after: "${ids[22] ?? ''}")`)).checks).toEqual([]);
  expect((await list(id, '(first: null, after: null)')).checks).toEqual(ids.slice(0, 20));
});

it('a page begins behind nothing but a check of the same person, and whose else it is, is not told', async () => {
  for (const after of [another, randomUUID(), 'no id', '']) {
    for (const asker of [{}, { scopes: [], subject: id }]) {
      expect(await list(id, `(after: "${after}")`, asker)).toEqual({
        checks: null,
        extensions: [{ code: 'BAD_USER_INPUT', field: 'after' }],
      });
    }
  }
});

it.each([0, -1, 101])('%i checks at once are refused', async (first) => {
  expect(await list(id, `(first: ${first})`)).toEqual({
    checks: null,
    extensions: [{ code: 'BAD_USER_INPUT', field: 'first' }],
  });
});
