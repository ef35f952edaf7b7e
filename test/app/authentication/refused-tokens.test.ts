import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { COMPILED_SERVER } from '../../compile-server.js';
import { killAll, run } from '../program.js';

const AUTH_SECRET = randomBytes(32).toString('hex');
const folder = mkdtempSync(join(tmpdir(), 'kaquan-tokens-'));
afterAll(() => {
  killAll();
  rmSync(folder, { recursive: true });
});

let server: ReturnType<typeof run>;
let url: string;
beforeAll(async () => {
  server = run(process.execPath, [resolve(COMPILED_SERVER)], folder, {
    SANDBOX: 'true',
    AUTH_SECRET,
    LOG_LEVEL: 'info',
  });
  url = await server.printed(/serves .* at (http[^\s"]+)/);
});

const token = (claims: Record<string, unknown>, key = AUTH_SECRET) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(key));
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

async function ask(headers: Record<string, string>) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: '{ directory(first: 1) { totalCount } }' }),
  });
  const headersThatMatter = [...response.headers].filter(([name]) => name !== 'date' && name !== 'x-request-id');
  return { status: response.status, headers: headersThatMatter, body: await response.text() };
}

it('a refused token is told to the log with its reason, and to the client as no token is', async () => {
  const refused: [reason: string, token: string][] = [
    ['it has expired', await token({ sub: 'somebody-of-ours', exp: inSeconds(-60) })],
    ['it has no exp', await token({ sub: 'somebody-of-ours' })],
    ['its signature is wrong', await token({ exp: inSeconds(60) }, randomBytes(32).toString('hex'))],
    ['it cannot be read', 'not.a.token'],
  ];
  const nobody = await ask({});
  expect(JSON.parse(nobody.body)).toMatchObject({
    data: { directory: null },
    errors: [{ message: 'This needs a valid token', extensions: { code: 'UNAUTHENTICATED' } }],
  });
  for (const [, bad] of refused) expect(await ask({ authorization: `Bearer ${bad}` })).toEqual(nobody);
  expect(
    (await ask({ authorization: `Bearer ${await token({ scope: 'directory:read', exp: inSeconds(60) })}` })).body,
  ).toBe('{"data":{"directory":{"totalCount":12}}}\n');

  // Written in pieces, a moment later.
  await server.printed(/(it cannot be read)/);
  const lines = server.said.out.split('\n').filter((line) => line.startsWith('{'));
  const told = lines.map((line) => JSON.parse(line) as { level: number; msg: string; reason?: string });
  expect(told.filter(({ msg }) => msg === 'a token was refused').map(({ level, reason }) => [level, reason])).toEqual(
    refused.map(([reason]) => [30, reason]),
  );
  for (const [, bad] of refused)
    for (const part of bad.split('.').filter(({ length }) => length > 5))
      expect(server.said.out + server.said.err).not.toContain(part);
  expect(server.said.out + server.said.err).not.toContain('somebody-of-ours');
});
