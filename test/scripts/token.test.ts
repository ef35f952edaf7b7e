import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { decodeJwt, jwtVerify } from 'jose';
import { makeToken } from '../../scripts/token.js';
import { type Environment } from '../../src/config/config.js';
import { createReadCaller } from '../../src/app/authentication/authentication.js';
import { SCOPES } from '../../src/modules/index.js';

const secret = randomBytes(32).toString('hex');
const DAY = 86_400;

describe('npm run token', () => {
  it('makes a token that a server with the same settings takes, whatever they ask of it', async () => {
    const checks = { issuer: 'https://id.example.com', audience: 'kaquan' };
    const token = await makeToken(['--sub', 'p-1', '--scope', 'voucher:read,person:read'], {
      AUTH_SECRET: secret,
      AUTH_ISSUER: checks.issuer,
      AUTH_AUDIENCE: checks.audience,
      AUTH_SCOPE_CLAIM: 'https://example.com/scopes',
    });
    const refusals: string[] = [];
    const read = createReadCaller(
      { secret, ...checks },
      {
        scopeClaim: 'https://example.com/scopes',
        onFault: (what) => refusals.push(what),
        onRefusal: (reason) => refusals.push(reason),
      },
    );
    const caller = await read(`Bearer ${token}`);
    expect(refusals).toEqual([]);
    expect([caller.subject, caller.has('voucher:read'), caller.has('person:read'), caller.has('person:pii')]).toEqual([
      'p-1',
      true,
      true,
      false,
    ]);
  });

  it('lets it end after an hour, or when told', async () => {
    for (const [args, seconds] of [
      [[], 3_600],
      [['--expires', '7d'], 7 * DAY],
    ] as const) {
      const {
        iat = 0,
        exp = 0,
        scope,
      } = decodeJwt(await makeToken(['--scope', 'all', ...args], { AUTH_SECRET: secret }));
      expect([exp - iat, scope]).toEqual([seconds, SCOPES.join(' ')]);
    }
  });

  it('reads the secret from a file, as the server does', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kaquan-token-'));
    try {
      writeFileSync(join(folder, 'secret'), `${secret}\n`);
      const token = await makeToken(['--sub', 'p-1'], { AUTH_SECRET_FILE: join(folder, 'secret') });
      expect((await jwtVerify(token, new TextEncoder().encode(secret))).payload.sub).toBe('p-1');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('signs for the open sandbox with what is kept beside its database, and for no real server', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kaquan-token-'));
    try {
      const DATABASE_URL = `file:${join(folder, 'sandbox.db')}`;
      const made = (environment: Environment) =>
        makeToken(['--sub', 'p-1', '--production', '--yes-in-production'], { DATABASE_URL, ...environment });
      await expect(made({ SANDBOX: 'true' })).rejects.toThrow(/^AUTH_SECRET is missing/);
      const kept = randomBytes(32).toString('base64');
      writeFileSync(join(folder, 'sandbox.db.auth'), `${kept}\n`);
      const token = await made({ SANDBOX: 'true' });
      expect((await jwtVerify(token, new TextEncoder().encode(kept))).payload.sub).toBe('p-1');
      for (const real of [{ SANDBOX: 'false' }, { SANDBOX: 'true', NODE_ENV: 'production', DATA_KEY: kept }])
        await expect(made(real)).rejects.toThrow(/^AUTH_SECRET is missing/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('must be asked twice in production', async () => {
    const production = { AUTH_SECRET: secret, NODE_ENV: 'production' };
    const made = (...args: string[]) => makeToken(['--sub', 'p-1', ...args], production);
    for (const args of [[], ['--production'], ['--yes-in-production']])
      await expect(made(...args)).rejects.toThrow(/^NODE_ENV is production, /);
    expect(decodeJwt(await made('--production', '--yes-in-production')).sub).toBe('p-1');
  });

  it.each<[string, string[], Record<string, string>, RegExp]>([
    ['no secret', ['--sub', 'p-1'], { SANDBOX: 'false' }, /^AUTH_SECRET is missing/],
    ['a short one', ['--sub', 'p-1'], { AUTH_SECRET: 'short-secret-text' }, /^AUTH_SECRET must be 32 bytes or more/],
    ['a misspelt one', ['--sub', 'p-1'], { AUTH_SECRT: secret }, /^AUTH_SECRT is no setting: did you mean AUTH_SECRET/],
    ['a key set', ['--sub', 'p-1'], { AUTH_JWKS_URL: 'https://id.example.com/jwks' }, /^AUTH_JWKS_URL is set/],
    [
      'an unknown scope',
      ['--scope', 'person:raed'],
      { AUTH_SECRET: secret },
      /^There is no scope person:raed: use some of person:read, /,
    ],
    ['an odd end', ['--sub', 'p-1', '--expires', 'soon'], { AUTH_SECRET: secret }, /^--expires must be like 30m/],
    ['an empty subject', ['--sub', ''], { AUTH_SECRET: secret }, /^--sub is empty/],
    ['nothing asked', [], { AUTH_SECRET: secret }, /^--sub or --scope is missing/],
    ['an unknown option', ['--subject', 'p-1'], { AUTH_SECRET: secret }, /^Unknown option '--subject'/],
  ])('refuses %s in words that do not tell the secret', async (_what, args, environment, words) => {
    const refusal: unknown = await makeToken(args, environment).catch((error: unknown) => error);
    expect((refusal as Error).message).toMatch(words);
    for (const value of Object.values(environment)) expect((refusal as Error).message).not.toContain(value);
  });
});
