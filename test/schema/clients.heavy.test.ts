import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSubgraph } from '../../scripts/federation.js';
import { type ServerProcess } from '../../scripts/server-process.js';
import { ask } from '../app/explorer/explorer-page.js';
import { COMPILED_SERVER } from '../compile-server.js';

const FOLDER = 'test/clients';
const GENERATED = join(FOLDER, 'src/generated');

const installed = existsSync(join(FOLDER, 'node_modules/.package-lock.json'));
if (!installed) console.warn(`SKIPPED: the clients are not installed. npm ci --prefix ${FOLDER} --ignore-scripts`);

/** Runs something in the clients' folder, and gives what it printed. */
async function run(command: string, args: string[], environment: Record<string, string> = {}): Promise<string> {
  const child: ChildProcess = spawn(command, args, {
    cwd: FOLDER,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
  });
  let printed = '';
  let all = '';
  child.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (all += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code ?? 'a signal'}:\n${all}`);
  return printed;
}

(installed ? describe : describe.skip)('what front ends use', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kaquan-clients-'));
  const settings = { SANDBOX: 'true', DATABASE_URL: `file:${join(folder, 'sandbox.db')}` };
  let server: ServerProcess;
  let ids: Record<string, string> = {};

  beforeAll(async () => {
    server = await startSubgraph('all', settings, ['--no-warnings', COMPILED_SERVER]);
    const { data } = await ask(server.url, '{ directory(first: 100) { edges { node { id name } } } }');
    const { edges } = data?.['directory'] as { edges: { node: { id: string; name: string } }[] };
    ids = Object.fromEntries(edges.map(({ node: { id, name } }) => [name, id]));
    // Generates by the committed schema, with Relay's artifacts, and compiles all of it under strict TypeScript.
    await run('npm', ['run', '--silent', 'build']);
  }, 120_000);
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  const program = async (name: string, url: string): Promise<unknown> =>
    JSON.parse(await run(process.execPath, [`build/${name}.js`, url, ids['张三'] ?? '', ids['赵限流'] ?? '']));

  /** The same to each cache: cards in full, one vendor's failure beside what the others gave, pages joined, a change seen. */
  const SEEN = {
    good: { name: '张*', cards: 3 },
    partial: {
      name: '赵**',
      voucher: null,
      cards: null,
      codes: expect.arrayContaining(['VENDOR_THROTTLED', 'PERSON_INCOMPLETE']) as unknown,
    },
    pages: [5, 10, 12],
    renamed: ['张*', '陈*'],
  };

  it('the client preset makes the same of schema/graph.graphql and of the running server', async () => {
    const fromServer = join(folder, 'generated/');
    await run('npm', ['run', '--silent', 'generate'], { GRAPH_SCHEMA: server.url, GENERATED: fromServer });
    const files = readdirSync(GENERATED);
    expect(files.sort()).toEqual(['gql.ts', 'graphql.ts', 'index.ts', 'persisted-documents.json']);
    for (const file of files)
      expect(readFileSync(join(fromServer, file), 'utf8')).toBe(readFileSync(join(GENERATED, file), 'utf8'));
  });

  it("Apollo Client's cache knows things by their keys, and errorPolicy 'all' keeps what came", async () => {
    expect(await program('apollo', server.url)).toEqual({
      ...SEEN,
      nothing: 'an error instead of the data',
      keys: [
        'GiftCard:710000000000000011',
        'GiftCard:710000000000000012',
        'GiftCard:710000000000000013',
        `Person:${ids['张三'] ?? ''}`,
        'ExchangeCode:{"code":"WELCOME2026"}',
      ],
    });
  });

  it("urql's graphcache finds nothing to warn of, and answers again without the network", async () => {
    expect(await program('urql', server.url)).toEqual({ ...SEEN, good: { ...SEEN.good, kept: true }, warnings: [] });
  });

  it("Relay's compiler takes the schema, and its store pages through the directory", async () => {
    expect(await program('relay', server.url)).toEqual(SEEN);
  });

  it('the documents of a build run by their hashes where only they are trusted, and nothing else does', async () => {
    const trusting = await startSubgraph(
      'all',
      { ...settings, TRUSTED_DOCUMENTS: join(GENERATED, 'persisted-documents.json') },
      ['--no-warnings', COMPILED_SERVER],
    );
    expect(await program('trusted', trusting.url)).toEqual({
      name: '张*',
      total: 12,
      refused: ['OPERATION_NOT_TRUSTED'],
      sent: [
        ['operationName', 'variables', 'extensions'],
        ['operationName', 'variables', 'extensions'],
        ['variables', 'extensions'],
      ],
    });
    await trusting.close();
  });
});
