import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startGraph } from '../../graph/harness.js';
import { ask, openSandbox, page } from '../explorer/explorer-page.js';

let folder: string;
const running = new Set<{ close(): Promise<void> }>();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kaquan-sandbox-tokens-'));
});
afterEach(async () => {
  for (const server of running) await close(server);
  rmSync(folder, { recursive: true });
});

async function open(settings: Record<string, string> = {}) {
  const server = await openSandbox(folder, settings);
  running.add(server);
  return server;
}

async function close(server: { close(): Promise<void> }) {
  running.delete(server);
  await server.close();
}

const WHO = '{ me { id } }';

it("a sandbox's tokens last over a new start, by a secret beside the database for its owner alone", async () => {
  const before = await open();
  const [first] = (await page(before.url)).data.signers;
  await close(before);
  expect(statSync(join(folder, 'sandbox.db.auth')).mode & 0o777).toBe(0o600);
  const after = await open();
  expect(await ask(after.url, WHO, first?.token)).toEqual({ data: { me: { id: first?.personId } } });
  await close(after);
});

it('they are worth nothing in another sandbox', async () => {
  const one = await open();
  const [first] = (await page(one.url)).data.signers;
  await close(one);
  rmSync(join(folder, 'sandbox.db.auth'));
  const other = await open();
  expect(await ask(other.url, WHO, first?.token)).toEqual(await ask(other.url, WHO));
  await close(other);
});

it('no page has tokens where real ones are checked, sandbox or not', async () => {
  const graph = await startGraph();
  running.add(graph);
  const { data, html } = await page(graph.url);
  expect(data.operations.length).toBeGreaterThan(5);
  expect(data.signers).toEqual([]);
  expect(html).not.toContain('eyJ');
  await close(graph);
  const sandbox = await open({ AUTH_SECRET: 'x'.repeat(32) });
  expect((await page(sandbox.url)).data.signers).toEqual([]);
  await close(sandbox);
  expect(readdirSync(folder)).not.toContain('sandbox.db.auth');
});

it('nor in production, though page and sandbox were asked for', async () => {
  const production = await open({
    NODE_ENV: 'production',
    EXPLORER: 'true',
    DATA_KEY: Buffer.alloc(32, 7).toString('base64'),
  });
  const { response, data } = await page(production.url);
  expect(response.status).toBe(200);
  expect(data.operations.length).toBeGreaterThan(5);
  expect(data.signers).toEqual([]);
  await close(production);
  expect(readdirSync(folder)).not.toContain('sandbox.db.auth');
});

it('without EXPLORER neither the page is there nor its files', async () => {
  const there = await open();
  const [, path = ''] = /src="([^"]+)"/.exec((await page(there.url)).html) ?? [];
  expect((await fetch(new URL(path, there.url))).status).toBe(200);
  await close(there);
  const closed = await open({ EXPLORER: 'false' });
  expect((await page(closed.url)).response.status).toBe(400);
  expect((await fetch(new URL(path, closed.url))).status).toBe(404);
  await close(closed);
});
