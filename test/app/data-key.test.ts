import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { openStorage } from '../../src/app/storage.js';
import { startGraph, type TestGraph } from '../graph/harness.js';

const folder = mkdtempSync(join(tmpdir(), 'kaquan-data-key-'));
afterAll(() => rmSync(folder, { recursive: true }));

const key = () => randomBytes(32).toString('base64');
const FIND = `query ($id: ID!) { person(id: $id) { name idNumber identityChecks { id status } }
  personBy(email: "rotate@example.com") { id } directory(search: "5678") { totalCount } }`;
const START =
  'mutation ($id: ID!) { startIdentityCheck(input: { personId: $id, identityType: "04" }) { check { id } } }';
const SETTLE = 'mutation ($id: ID!) { settleIdentityCheck(id: $id) { status } }';

it('DATA_KEY is exchanged over two restarts, and the old one then opens nothing', async () => {
  const [a, b] = [key(), key()];
  const DATABASE_URL = `file:${join(folder, 'test.db')}`;
  const started = async (environment: Record<string, string>, use: (graph: TestGraph) => Promise<void>) => {
    const graph = await startGraph({ DATABASE_URL, ...environment });
    try {
      await use(graph);
    } finally {
      await graph.close();
    }
  };
  let id = '';
  let check = { id: '' };
  const found = () => ({
    person: { name: '轮换', idNumber: '11010519491231002X', identityChecks: [{ id: check.id, status: 'STARTED' }] },
    personBy: { id },
    directory: { totalCount: 1 },
  });

  await started({ DATA_KEY: a }, async (graph) => {
    [id = ''] = await graph.register({
      name: '轮换',
      mobile: '13912345678',
      email: 'rotate@example.com',
      idNumber: '11010519491231002X',
      alipayUserId: '2088000000000006',
    });
    const { data } = await graph.ask(START, { id });
    check = (data?.['startIdentityCheck'] as { check: { id: string } }).check;
    expect((await graph.ask(FIND, { id })).data).toEqual(found());
  });
  await started({ DATA_KEY: b, DATA_KEY_PREVIOUS: a }, async (graph) => {
    expect((await graph.ask(FIND, { id })).data).toEqual(found());
  });
  await started({ DATA_KEY: b }, async (graph) => {
    expect((await graph.ask(FIND, { id })).data).toEqual(found());
    // The check's once token was sealed, too.
    expect((await graph.ask(SETTLE, { id: check.id })).data).toEqual({ settleIdentityCheck: { status: 'TRUSTED' } });
  });
  await expect(startGraph({ DATABASE_URL, DATA_KEY: a })).rejects.toThrow(/DATA_KEY/);

  const files = readdirSync(folder).filter((name) => name.startsWith('test.db'));
  expect(files.length).toBeGreaterThan(0);
  const bytes = files.map((name) => readFileSync(join(folder, name)).toString('latin1')).join();
  for (const text of ['13912345678', 'rotate@', '11010519491231002X', '2088000000000006'])
    expect(bytes).not.toContain(text);
});

it('starts with a check whose key is gone, which is an error where it is settled and nowhere else', async () => {
  const [a, b] = [key(), key()];
  const DATABASE_URL = `file:${join(folder, 'leased.db')}`;
  const graph = await startGraph({ DATABASE_URL, DATA_KEY: a });
  const [id = ''] = await graph.register({ name: '轮换', alipayUserId: '2088000000000006' });
  const ids: string[] = [];
  for (let made = 1; made <= 2; made += 1)
    ids.unshift(((await graph.ask(START, { id })).data?.['startIdentityCheck'] as { check: { id: string } }).check.id);
  await graph.close();
  // A server that asks about the first check while the key is exchanged.
  const database = await openStorage(DATABASE_URL);
  await database.db
    .updateTable('identity_checks')
    .set({ lease_owner: 'another server', lease_expires_at: Date.now() + 600_000 })
    .where('id', '=', ids[1] ?? '')
    .execute();
  await database.close();
  await (await startGraph({ DATABASE_URL, DATA_KEY: b, DATA_KEY_PREVIOUS: a })).close();

  const withNew = await startGraph({ DATABASE_URL, DATA_KEY: b });
  try {
    const { data } = await withNew.ask('query ($id: ID!) { person(id: $id) { identityChecks { id status } } }', { id });
    expect(data).toEqual({ person: { identityChecks: ids.map((check) => ({ id: check, status: 'STARTED' })) } });
    const [settled, unreadable] = await Promise.all(ids.map((check) => withNew.ask(SETTLE, { id: check })));
    expect(settled?.data).toEqual({ settleIdentityCheck: { status: 'TRUSTED' } });
    expect(unreadable?.errors).toHaveLength(1);
    expect(withNew.zhima.requests).toHaveLength(1);
  } finally {
    await withNew.close();
  }
});
