import { createHmac, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { exportJWK, type JWTPayload, SignJWT } from 'jose';
import { type AuthConfig } from '../../../src/config/config.js';
import { createReadCaller, type ReadCallerOptions } from '../../../src/app/authentication/authentication.js';

const ISSUER = 'https://id.example.com';
const AUDIENCE = 'kaquan';
const SUBJECT = '0197f9a0-0000-7000-8000-000000000000';

type Answer = (response: ServerResponse) => void;

/** An issuer's key set over a real socket. */
let issuer: Server;
let jwksUrl: string;
let fetches = 0;
let answer: Answer;
const pairs = new Map<string, { publicKey: KeyObject; privateKey: KeyObject }>();
const pair = (kid: string) => {
  let found = pairs.get(kid);
  if (!found) {
    found = generateKeyPairSync('rsa', { modulusLength: 2048 });
    pairs.set(kid, found);
  }
  return found;
};

async function keySet(...kids: string[]): Promise<Answer> {
  const keys = await Promise.all(
    kids.map(async (kid) => ({ ...(await exportJWK(pair(kid).publicKey)), kid, use: 'sig' })),
  );
  return (response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
  };
}

beforeAll(async () => {
  issuer = createServer((_request, response) => {
    fetches += 1;
    answer(response);
  });
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  jwksUrl = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks`;
});
beforeEach(async () => {
  fetches = 0;
  faults.length = 0;
  refusals.length = 0;
  answer = await keySet('one');
});
afterAll(() => {
  issuer.close();
  issuer.closeAllConnections();
});

const faults: string[] = [];
const refusals: string[] = [];
const reader = (auth: AuthConfig, more: Partial<ReadCallerOptions> = {}) =>
  createReadCaller(auth, {
    onFault: (what) => faults.push(what),
    onRefusal: (reason) => refusals.push(reason),
    ...more,
  });
const byKeySet = () => reader({ jwksUrl, issuer: ISSUER, audience: AUDIENCE });
const secret = randomBytes(32).toString('hex');
const bySecret = (more?: Partial<ReadCallerOptions>) => reader({ secret, issuer: ISSUER, audience: AUDIENCE }, more);

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;
const GOOD: JWTPayload = { iss: ISSUER, aud: AUDIENCE, sub: SUBJECT, scope: 'person:read' };

function token(change: JWTPayload = {}, kid = 'one', key?: KeyObject): Promise<string> {
  return new SignJWT({ ...GOOD, exp: inSeconds(60), ...change })
    .setProtectedHeader({ alg: 'RS256', kid })
    .sign(key ?? pair(kid).privateKey);
}
function secretToken(change: JWTPayload = {}, key = secret, alg = 'HS256'): Promise<string> {
  return new SignJWT({ ...GOOD, exp: inSeconds(60), ...change })
    .setProtectedHeader({ alg })
    .sign(new TextEncoder().encode(key));
}
/** Signed by hand, since no library would make such a token. */
function forged(header: object, sign: (text: string) => string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part(header)}.${part({ ...GOOD, exp: inSeconds(60) })}`;
  return `${text}.${sign(text)}`;
}

describe('a good token', () => {
  it('says whose it is and what it opens, signed by a key of the set', async () => {
    const caller = await byKeySet()(`Bearer ${await token()}`);
    expect([caller.authenticated, caller.subject, caller.has('person:read'), caller.has('person:pii')]).toEqual([
      true,
      SUBJECT,
      true,
      false,
    ]);
  });

  it('is as good signed by the secret, in any spelling of the scheme, with scopes as a list', async () => {
    const caller = await bySecret()(`bearer  ${await secretToken({ scope: ['person:pii', 7] })}`);
    expect([caller.authenticated, caller.has('person:pii'), caller.has('person:read')]).toEqual([true, true, false]);
  });

  it('may be a little off in time, since clocks are', async () => {
    expect((await byKeySet()(`Bearer ${await token({ exp: inSeconds(-2), nbf: inSeconds(2) })}`)).authenticated).toBe(
      true,
    );
  });
});

const publicPem = () => pair('one').publicKey.export({ type: 'spki', format: 'pem' }) as string;
const BAD: [string, 'keys' | 'secret', () => string | undefined | Promise<string | undefined>][] = [
  ['none', 'keys', () => undefined],
  ['an empty one', 'keys', () => 'Bearer '],
  ['garbage', 'keys', () => 'Bearer garbage'],
  ['three parts of garbage', 'keys', () => 'Bearer a.b.c'],
  ['another scheme', 'keys', async () => `Basic ${await token()}`],
  ['no scheme', 'keys', () => token()],
  ['two tokens', 'keys', async () => `Bearer ${await token()} ${await token()}`],
  ['alg none', 'keys', () => `Bearer ${forged({ alg: 'none' }, () => '')}`],
  ['alg none in other letters', 'keys', () => `Bearer ${forged({ alg: 'nOnE', kid: 'one' }, () => '')}`],
  [
    'a key of somebody else under a known id',
    'keys',
    async () => `Bearer ${await token({}, 'one', pair('other').privateKey)}`,
  ],
  ['an unknown key', 'keys', async () => `Bearer ${await token({}, 'other')}`],
  ['another issuer', 'keys', async () => `Bearer ${await token({ iss: 'https://evil.example.com' })}`],
  ['another audience', 'keys', async () => `Bearer ${await token({ aud: 'another' })}`],
  ['no audience', 'keys', async () => `Bearer ${await token({ aud: undefined })}`],
  ['an expired one', 'keys', async () => `Bearer ${await token({ exp: inSeconds(-10) })}`],
  ['one not valid yet', 'keys', async () => `Bearer ${await token({ nbf: inSeconds(10) })}`],
  ['a signature of garbage', 'keys', () => `Bearer ${forged({ alg: 'HS256' }, () => 'x')}`],
  [
    'the public key used as a secret',
    'keys',
    () =>
      `Bearer ${forged({ alg: 'HS256', kid: 'one' }, (text) => createHmac('sha256', publicPem()).update(text).digest('base64url'))}`,
  ],
  [
    'a key that the token brings itself',
    'keys',
    async () => {
      const jwk = await exportJWK(pair('other').publicKey);
      const signer = new SignJWT({ ...GOOD, exp: inSeconds(60) }).setProtectedHeader({ alg: 'RS256', jwk });
      return `Bearer ${await signer.sign(pair('other').privateKey)}`;
    },
  ],
  ['another secret', 'secret', async () => `Bearer ${await secretToken({}, randomBytes(32).toString('hex'))}`],
  [
    'another algorithm with the right secret',
    'secret',
    async () => `Bearer ${await secretToken({}, secret.repeat(2), 'HS512')}`,
  ],
  ['alg none where a secret is set', 'secret', () => `Bearer ${forged({ alg: 'none' }, () => '')}`],
  ['an expired one by the secret', 'secret', async () => `Bearer ${await secretToken({ exp: inSeconds(-10) })}`],
  ['another audience by the secret', 'secret', async () => `Bearer ${await secretToken({ aud: 'another' })}`],
  ['one that never ends', 'keys', async () => `Bearer ${await token({ exp: undefined })}`],
  ['one that never ends, by the secret', 'secret', async () => `Bearer ${await secretToken({ exp: undefined })}`],
  ['a number for whose it is', 'secret', async () => `Bearer ${await secretToken({ sub: 7 as never })}`],
  ['a list for whose it is', 'keys', async () => `Bearer ${await token({ sub: [SUBJECT] as never })}`],
  ['nothing for whose it is', 'secret', async () => `Bearer ${await secretToken({ sub: null as never })}`],
  ['a token of the key set', 'secret', async () => `Bearer ${await token()}`],
];

describe('a token that does not hold', () => {
  it.each(BAD)('%s is nobody, and nobody hears what was wrong', async (_what, by, make) => {
    const caller = await (by === 'keys' ? byKeySet() : bySecret())(await make());
    expect([caller.authenticated, caller.subject, caller.has('person:read')]).toEqual([false, undefined, false]);
    expect(caller.refusal(['person:read']).message).toBe('This needs a valid token');
    expect(faults).toEqual([]);
  });

  it.each<[string, string, () => Promise<string>]>([
    ['it has expired', 'Bearer', () => secretToken({ exp: inSeconds(-10) })],
    ['it has no exp', 'Bearer', () => secretToken({ exp: undefined })],
    ['it is not valid yet', 'Bearer', () => secretToken({ nbf: inSeconds(60) })],
    ['its issuer is another', 'Bearer', () => secretToken({ iss: 'https://evil.example.com' })],
    ['its audience is another', 'Bearer', () => secretToken({ aud: 'another' })],
    ['its sub is no text', 'Bearer', () => secretToken({ sub: 7 as never })],
    ['its signature is wrong', 'Bearer', () => secretToken({}, randomBytes(32).toString('hex'))],
    ['its algorithm is not taken', 'Bearer', () => secretToken({}, secret.repeat(2), 'HS512')],
    ['it cannot be read', 'Bearer', () => Promise.resolve('a.b.c')],
    ['it is no bearer token', 'Basic', () => secretToken()],
  ])('the log hears that %s', async (reason, scheme, make) => {
    await bySecret()(`${scheme} ${await make()}`);
    expect(refusals).toEqual([reason]);
  });

  it('the log hears nothing where no token came', async () => {
    await bySecret()(undefined);
    await bySecret()(`Bearer ${await secretToken()}`);
    expect(refusals).toEqual([]);
  });
});

describe('the key set', () => {
  it('is fetched once for many tokens', async () => {
    const read = byKeySet();
    const one = await token();
    await Promise.all(Array.from({ length: 20 }, async () => read(`Bearer ${one}`)));
    await read(`Bearer ${one}`);
    expect(fetches).toBe(1);
  });

  it('is fetched again for a new key, and the old key ends with it', async () => {
    const read = byKeySet();
    const old = `Bearer ${await token()}`;
    expect((await read(old)).authenticated).toBe(true);
    answer = await keySet('two');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect((await read(`Bearer ${await token({}, 'two')}`)).authenticated).toBe(true);
    for (const one of [old, `Bearer ${await token()}`]) expect((await read(one)).authenticated).toBe(false);
    expect(fetches).toBe(2);
  });

  it('is asked again about a token that was verified ten minutes ago, since its key may be gone', async () => {
    let clock = Date.now();
    const read = reader({ jwksUrl, issuer: ISSUER, audience: AUDIENCE }, { now: () => clock });
    const bearer = `Bearer ${await token({ exp: inSeconds(3_600) })}`;
    const first = await read(bearer);
    clock += 599_000;
    expect(await read(bearer)).toBe(first);
    clock += 2_000;
    expect(await read(bearer)).not.toBe(first);
  });

  it('is not fetched for each made-up key id', async () => {
    const read = byKeySet();
    const made = await Promise.all(Array.from({ length: 20 }, (_, at) => token({}, `x${at % 2}`)));
    for (const one of made) expect((await read(`Bearer ${one}`)).authenticated).toBe(false);
    expect(fetches).toBeLessThanOrEqual(2);
  });

  it.each<[string, Answer]>([
    ['answers 500', (response) => response.writeHead(500).end()],
    ['answers no JSON', (response) => response.end('<html>')],
    ['answers no key set', (response) => response.end('{}')],
    ['hangs', () => undefined],
    ['ends the connection', (response) => response.destroy()],
  ])('that %s makes nobody of a good token, soon, and the operator hears of it', async (_what, broken) => {
    answer = broken;
    const started = performance.now();
    const read = byKeySet();
    const caller = await read(`Bearer ${await token()}`);
    expect(caller.authenticated).toBe(false);
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(faults).toEqual(['the key set could not be fetched']);
    answer = await keySet('one');
    expect((await read(`Bearer ${await token()}`)).authenticated).toBe(true);
  });
});
