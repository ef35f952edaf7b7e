import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type JWTPayload, SignJWT } from 'jose';
import { createReadCaller, type ReadCallerOptions } from '../../../src/app/authentication/authentication.js';
import { SCOPES } from '../../../src/modules/index.js';

const secret = randomBytes(32).toString('hex');
const refusals: string[] = [];
beforeEach(() => {
  refusals.length = 0;
});

const bySecret = (more: Partial<ReadCallerOptions> = {}) =>
  createReadCaller(
    { secret, issuer: undefined, audience: undefined },
    { onFault: () => undefined, onRefusal: (reason) => refusals.push(reason), ...more },
  );
const secretToken = (claims: JWTPayload) =>
  new SignJWT({ exp: Math.floor(Date.now() / 1000) + 60, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(secret));

describe('the scopes of a token', () => {
  const scopes = async (claims: JWTPayload, more?: Partial<ReadCallerOptions>) => {
    const caller = await bySecret(more)(`Bearer ${await secretToken({ scope: undefined, ...claims })}`);
    return SCOPES.filter((scope) => caller.has(scope));
  };

  it('are understood in the claims that issuers use', async () => {
    expect(await scopes({ scp: 'person:read voucher:read' })).toEqual(['person:read', 'voucher:read']);
    expect(await scopes({ scp: ['person:read'] })).toEqual(['person:read']);
    expect(await scopes({ permissions: ['person:pii', { scope: 'person:write' }] })).toEqual(['person:pii']);
    expect(await scopes({ scope: 'openid person:read', permissions: ['person:pii'] })).toEqual([
      'person:read',
      'person:pii',
    ]);
    expect(await scopes({ roles: ['person:read'], scp: { 'person:read': true } })).toEqual([]);
  });

  it('are read from the claim that the settings name, and from no other', async () => {
    const more = { scopeClaim: 'https://kaquan.example.com/scopes' };
    expect(await scopes({ [more.scopeClaim]: 'person:read', scope: 'person:pii', scp: 'person:write' }, more)).toEqual([
      'person:read',
    ]);
    expect(await scopes({ scope: 'person:pii' }, { scopeClaim: '__proto__' })).toEqual([]);
  });
});

describe('a token that was verified', () => {
  it('is known until the second in which it ends', async () => {
    let clock = Date.now();
    const read = bySecret({ now: () => clock });
    const exp = Math.floor(clock / 1000) + 60;
    const bearer = `Bearer ${await secretToken({ exp })}`;
    const first = await read(bearer);
    expect(first.authenticated).toBe(true);
    expect(await read(bearer)).toBe(first);
    // With the five seconds by which clocks may differ.
    clock = (exp + 5) * 1000 - 1;
    expect(await read(bearer)).toBe(first);
    clock = (exp + 5) * 1000;
    expect((await read(bearer)).authenticated).toBe(false);
    expect(refusals).toEqual(['it has expired']);
  });

  it('is one of many, and not of all that ever came', async () => {
    const read = bySecret({ maxKnownTokens: 3 });
    const first = `Bearer ${await secretToken({ jti: 'first' })}`;
    const caller = await read(first);
    for (let at = 0; at < 3; at += 1) await read(`Bearer ${await secretToken({ jti: String(at) })}`);
    const again = await read(first);
    expect([again === caller, again.authenticated]).toEqual([false, true]);
  });
});
