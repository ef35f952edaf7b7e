import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { COMPILED_SERVER } from '../compile-server.js';
import { type Answer, inventPeople, startGraph, type TestGraph } from '../graph/harness.js';
import { startPrivatePostgres } from '../private-postgres.js';

const REQUEST_TIMEOUT_MS = 4_000;
const NAMED = 'query ($id: ID!) { person(id: $id) { name } }';
const VOUCHER = 'voucher(activityCode: "1") { qrCode }';
const REGISTER = 'mutation ($input: PersonInput!) { registerPerson(input: $input) { id } }';

const messagesOf = ({ errors }: Answer) => errors?.map(({ message }) => message);
const readyOf = async ({ url }: TestGraph) => (await fetch(new URL('/readyz', url))).status;

let registered = 0;
async function register(graph: TestGraph): Promise<Answer & { id?: string }> {
  registered += 1;
  const input = { name: `写${registered}`, mobile: `137${String(10_000_000 + registered)}` };
  const answer = await graph.ask(REGISTER, { input });
  const { id } = (answer.data?.['registerPerson'] ?? {}) as { id?: string };
  return { ...answer, ...(id !== undefined && { id }) };
}

/** Which of them are there, by asking for each. */
async function known(graph: TestGraph, ids: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (let at = 0; at < ids.length; at += 100) {
    const answer = await graph.ask('query ($ids: [ID!]!) { people(ids: $ids) { id } }', {
      ids: ids.slice(at, at + 100),
    });
    for (const person of (answer.data?.['people'] ?? []) as ({ id: string } | null)[])
      if (person) found.push(person.id);
  }
  return found;
}

/** People are registered by several clients until `during` is over; gives what was acknowledged and what else was told. */
async function whileRegistering(graph: TestGraph, during: () => Promise<void>) {
  const acknowledged: string[] = [];
  const told = new Set<string>();
  let over = false;
  const clients = Array.from({ length: 8 }, async () => {
    while (!over) {
      const answer = await register(graph);
      if (answer.id !== undefined) acknowledged.push(answer.id);
      for (const message of messagesOf(answer) ?? []) told.add(message);
    }
  });
  await during().finally(() => {
    over = true;
  });
  await Promise.all(clients);
  return { acknowledged, told: [...told] };
}

async function until(what: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  const ends = performance.now() + timeoutMs;
  while (!(await what())) {
    if (performance.now() > ends) throw new Error('it did not come back in time');
    await wait(100);
  }
}

const postgres = await startPrivatePostgres();
afterAll(() => postgres?.erase());

(postgres ? describe : describe.skip)('PostgreSQL on a bad day', () => {
  if (!postgres) return;
  let graph: TestGraph;
  let id = '';
  let databases = 0;
  beforeEach(async () => {
    databases += 1;
    await postgres.sql(`create database kaquan${databases}`);
    graph = await startGraph({
      DATABASE_URL: postgres.url.replace(/postgres$/, `kaquan${databases}`),
      DATA_KEY: randomBytes(32).toString('base64'),
      REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS),
    });
    [id = ''] = await graph.register({ name: '在', mobile: '13800000001' });
  });
  afterEach(() => graph.close());
  const sql = (statement: string) => postgres.sql(statement, `kaquan${databases}`);

  it('a table that is locked fails what reads it, in plain words, and leaves a voucher of somebody known', async () => {
    const held = sql('begin; lock table identity_checks in access exclusive mode; select pg_sleep(3)');
    await wait(500);
    const started = performance.now();
    const answer = await graph.ask(
      `query ($id: ID!) { person(id: $id) { ${VOUCHER} identityChecks(first: 1) { id } } }`,
      { id },
    );
    expect(performance.now() - started).toBeLessThan(REQUEST_TIMEOUT_MS);
    expect(answer.data).toMatchObject({ person: { voucher: { qrCode: expect.any(String) } } });
    expect(answer.errors).toEqual([
      expect.objectContaining({
        message: 'The database did not answer in time',
        path: ['person', 'identityChecks'],
        extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: true },
      }),
    ]);
    await held;
  });

  it('many more requests than connections wait in line while a table is locked, and none fails', async () => {
    const held = sql('begin; lock table people in access exclusive mode; select pg_sleep(0.6)');
    await wait(200);
    const answers = await Promise.all(Array.from({ length: 300 }, () => graph.ask(NAMED, { id })));
    expect(answers.filter(({ data }) => (data?.['person'] as { name: string } | null)?.name !== '在')).toEqual([]);
    await held;
  });

  it('a server that turns read-only answers what is read, refuses what is written, and is left for a new connection', async () => {
    const backends = async () =>
      new Set(
        (
          await sql(
            "select pid from pg_stat_activity where application_name = 'kaquan' and datname = current_database()",
          )
        )
          .split('\n')
          .filter((pid) => pid !== ''),
      );
    const before = await backends();
    expect(before.size).toBeGreaterThan(0);
    await sql('alter system set default_transaction_read_only = on');
    await sql('select pg_reload_conf()');
    await until(async () => (await readyOf(graph)) === 503, 3_000);
    expect(messagesOf(await register(graph))).toEqual(['The database only takes reads right now; nothing was changed']);
    expect(await graph.ask(NAMED, { id })).toMatchObject({ data: { person: { name: '在' } } });
    for (let each = 0; each < 2 * before.size; each += 1) await readyOf(graph);
    const left = [...(await backends())].filter((pid) => before.has(pid));
    expect(left.length).toBeLessThan(before.size);
    await postgres.sql('set default_transaction_read_only = off; alter system reset default_transaction_read_only');
    await sql('select pg_reload_conf()');
    await until(async () => (await readyOf(graph)) === 200, 3_000);
    expect((await register(graph)).id).toEqual(expect.any(String));
  });

  it('a server that crashes and comes back loses nothing that was acknowledged, and is used again by itself', async () => {
    const { acknowledged, told } = await whileRegistering(graph, async () => {
      await wait(1_000);
      await postgres.stop('immediate');
      expect(await graph.ask(NAMED, { id })).toMatchObject({
        errors: [{ message: 'The database cannot be reached right now', extensions: { retryable: true } }],
      });
      expect(await readyOf(graph)).toBe(503);
      await postgres.start();
      await until(async () => (await readyOf(graph)) === 200, 5_000);
      await wait(500);
    });
    expect(acknowledged.length).toBeGreaterThan(20);
    expect(told).toEqual(['The database cannot be reached right now']);
    expect((await known(graph, acknowledged)).sort()).toEqual([...acknowledged].sort());
  });

  it('a server that hangs as a whole costs a request its time and no more, and is used again by itself', async () => {
    postgres.signal('SIGSTOP');
    const started = performance.now();
    const answers = await Promise.all(Array.from({ length: 30 }, () => graph.ask(NAMED, { id })));
    const tookMs = performance.now() - started;
    postgres.signal('SIGCONT');
    for (const answer of answers)
      expect(messagesOf(answer)?.[0]).toMatch(/^The database (cannot be reached|did not answer)/);
    expect(tookMs).toBeLessThan(3 * REQUEST_TIMEOUT_MS);
    await until(async () => (await graph.ask(NAMED, { id })).errors === undefined, 5_000);
  });
});

const disks: string[] = [];
afterAll(() => {
  for (const disk of disks) {
    execFileSync('umount', ['--lazy', disk]);
    rmSync(disk, { recursive: true, force: true });
  }
});

/** A small disk in memory; undefined where none may be mounted. */
function mountDisk(options: string): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'kaquan-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  disks.push(folder);
  return folder;
}

const small = mountDisk('size=6m');
const readOnly = mountDisk('ro');
if (small === undefined || readOnly === undefined)
  console.warn('skipped: no disk may be mounted here (it takes root), so none is filled and none is read-only');

(small === undefined ? it.skip : it)(
  'a full disk under SQLite refuses writes, answers reads and vouchers, and loses nothing',
  async () => {
    const folder = small ?? '';
    const ballast = join(folder, 'ballast');
    writeFileSync(ballast, Buffer.alloc(1_000_000));
    mkdirSync(join(folder, 'data'));
    const graph = await startGraph({ DATABASE_URL: `file:${join(folder, 'data', 'small.db')}` });
    try {
      const [id] = await graph.register({ name: '在', mobile: '13800000001' });
      const acknowledged: string[] = [];
      let refused: Awaited<ReturnType<typeof register>> | undefined;
      while (!refused) {
        const people = inventPeople(50).map((person, at) => ({
          ...person,
          mobile: `136${String(10_000_000 + acknowledged.length + at)}`,
        }));
        const ids = await graph.register(...people).catch((error: unknown) => String(error));
        if (typeof ids === 'string') refused = await register(graph);
        else acknowledged.push(...ids);
        if (refused?.id !== undefined) refused = undefined;
      }
      expect(messagesOf(refused)).toEqual(['The database has no room left; nothing was changed']);
      expect(refused.errors?.[0]?.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR', retryable: true });
      expect(await graph.ask(`query ($id: ID!) { person(id: $id) { name ${VOUCHER} } }`, { id })).toMatchObject({
        data: { person: { name: '在', voucher: { qrCode: expect.any(String) } } },
      });
      rmSync(ballast);
      expect((await register(graph)).id).toEqual(expect.any(String));
      expect(await readyOf(graph)).toBe(200);
      expect(acknowledged.length).toBeGreaterThan(100);
      expect((await known(graph, acknowledged)).sort()).toEqual([...acknowledged].sort());
    } finally {
      await graph.close();
    }
  },
);

describe('a start on a database that no waiting will bring', () => {
  const start = (DATABASE_URL: string) => {
    const { status, stderr } = spawnSync(process.execPath, ['--no-warnings', COMPILED_SERVER], {
      env: {
        SANDBOX: 'true',
        PORT: '0',
        METRICS_PORT: '0',
        DATA_KEY: randomBytes(32).toString('base64'),
        DATABASE_URL,
      },
      encoding: 'utf8',
      timeout: 30_000,
    });
    return { status, stderr };
  };

  it.each([
    ['whose folder cannot be made', 'file:/proc/nowhere/y.db', 'the folder /proc/nowhere cannot be created'],
    ['below a file', 'file:/dev/null/y.db', 'the database file /dev/null/y.db cannot be created or written'],
  ])('%s says so at once and ends with 78', (_where, url, words) => {
    const { status, stderr } = start(url);
    expect(stderr).toContain(words);
    expect(status).toBe(78);
  });

  (readOnly === undefined ? it.skip : it)('on a disk that is read-only says so at once and ends with 78', () => {
    const { status, stderr } = start(`file:${readOnly ?? ''}/x.db`);
    expect(stderr).toContain(`the database file ${readOnly ?? ''}/x.db cannot be created or written`);
    expect(status).toBe(78);
  });

  (postgres ? it : it.skip)('of a name that PostgreSQL does not know says so at once and ends with 78', () => {
    const { status, stderr } = start(postgres?.url.replace(/postgres$/, 'nowhere') ?? '');
    expect(stderr).toMatch(
      /the database 127\.0\.0\.1:\d+\/nowhere does not exist: create it, or mend DATABASE_URL \(3D000\)/,
    );
    expect(status).toBe(78);
  });
});
