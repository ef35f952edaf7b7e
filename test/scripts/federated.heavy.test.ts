import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { listening, type ServerProcess } from '../../scripts/server-process.js';
import { ask, page } from '../app/explorer/explorer-page.js';

let gateway: ServerProcess;
beforeAll(async () => {
  const child = spawn(
    process.execPath,
    ['--no-warnings', '--import', '@swc-node/register/esm-register', 'scripts/federated.ts'],
    {
      env: { PATH: process.env['PATH'], PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  gateway = await listening(child, 'The gateway', /http:\S+\/graphql/);
}, 60_000);
afterAll(() => gateway.close());

it('the page of the gateway has an operation for each subgraph, and each of them runs there', async () => {
  const { response, html, data } = await page(gateway.url);
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  for (const [, path = ''] of html.matchAll(/(?:src|href)="(\/[^"]+)"/g))
    expect((await fetch(new URL(path, gateway.url))).status).toBe(200);
  expect([...new Set(data.operations.map(({ part }) => part))]).toEqual(['people', 'campus', 'zvcms', 'zhima']);
  const [first] = data.signers;
  expect(data.signers).toHaveLength(13);
  const staff = data.signers.at(-1);
  for (const { name, query, variables } of data.operations) {
    const filled = JSON.stringify(variables ?? {}).replaceAll(data.somebody, first?.personId ?? '');
    const { data: answered, errors = [] } = await ask(gateway.url, query, staff?.token, JSON.parse(filled));
    const codes = errors.map(({ extensions }) => extensions.code);
    expect([name, codes.filter((code) => !/^(VENDOR_|PERSON_INCOMPLETE|NOT_FOUND)/.test(code))]).toEqual([name, []]);
    // The check to be settled is chosen by whoever reads.
    if (name !== 'Settle a check') expect(Object.keys(answered ?? {})).toHaveLength(1);
  }
});

it('whoever is chosen there is asked for as themselves', async () => {
  const { data } = await page(gateway.url);
  const [first] = data.signers;
  expect(await ask(gateway.url, '{ me { id name } }', first?.token)).toEqual({
    data: { me: { id: first?.personId, name: '张三' } },
  });
});
