import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startGraph } from '../graph/harness.js';
import { ask, openSandbox, page } from './explorer-page.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kaquan-sandbox-tokens-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const WHO = '{ me { id } }';

it("a sandbox's tokens last over a new start, by a secret beside the database for its owner alone", async () => {
  const before = await openSandbox(folder);
  const [first] = (await page(before.url)).data.signers;
  await before.close();
  expect(statSync(join(folder, 'sandbox.db.auth')).mode & 0o777).toBe(0o600);
  const after = await openSandbox(folder);
  expect(await ask(after.url, WHO, first?.token)).toEqual({ data: { me: { id: first?.personId } } });
  await after.close();
});

it('they are worth nothing in another sandbox', async () => {
  const one = await openSandbox(folder);
  const [first] = (await page(one.url)).data.signers;
  await one.close();
  rmSync(join(folder, 'sandbox.db.auth'));
  const other = await openSandbox(folder);
  const { errors } = await ask(other.url, WHO, first?.token);
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED']);
  await other.close();
});

it('no page has tokens where real ones are checked, sandbox or not', async () => {
  const graph = await startGraph();
  const { data, html } = await page(graph.url);
  expect(data.operations.length).toBeGreaterThan(5);
  expect(data.signers).toEqual([]);
  expect(html).not.toContain('eyJ');
  await graph.close();
  const sandbox = await openSandbox(folder, { AUTH_SECRET: 'x'.repeat(32) });
  expect((await page(sandbox.url)).data.signers).toEqual([]);
  await sandbox.close();
  expect(readdirSync(folder)).not.toContain('sandbox.db.auth');
});

it('nor in production, though page and sandbox were asked for', async () => {
  const production = await openSandbox(folder, {
    NODE_ENV: 'production',
    EXPLORER: 'true',
    DATA_KEY: Buffer.alloc(32, 7).toString('base64'),
  });
  const { response, data } = await page(production.url);
  expect(response.status).toBe(200);
  expect(data.operations.length).toBeGreaterThan(5);
  expect(data.signers).toEqual([]);
  await production.close();
  expect(readdirSync(folder)).not.toContain('sandbox.db.auth');
});

it('without EXPLORER neither the page is there nor its files', async () => {
  const open = await openSandbox(folder);
  const [, path = ''] = /src="([^"]+)"/.exec((await page(open.url)).html) ?? [];
  expect((await fetch(new URL(path, open.url))).status).toBe(200);
  await open.close();
  const closed = await openSandbox(folder, { EXPLORER: 'false' });
  expect((await page(closed.url)).response.status).toBe(400);
  expect((await fetch(new URL(path, closed.url))).status).toBe(404);
  await closed.close();
});
