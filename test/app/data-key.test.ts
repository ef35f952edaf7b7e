import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
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
