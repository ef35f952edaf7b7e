import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type VendorError } from '../../src/datasources/transport/errors.js';
import { ZhimaClient } from '../../src/datasources/zhima/index.js';
import { Deadline } from '../../src/datasources/transport/deadline.js';
import { type ZhimaScene } from '../../src/sandbox/zhima.js';
import { SANDBOX_ALIPAY_ACCOUNTS } from '../../src/sandbox/zhima-tokens.js';
import { newQuestion, startZhima, TRUSTED_AT_ONCE } from '../scenes/zhima.js';
import { recordingDeps } from '../scenes/subject.js';

type Started = Awaited<ReturnType<typeof startZhima>>;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function start(...given: Parameters<typeof startZhima>): Promise<Started> {
  const started = await startZhima(...given);
  closing.push(started.close);
  return started;
}

const errorOf = (asked: Promise<unknown>) =>
  asked.then(
    () => {
      throw new Error('expected a refusal');
    },
    (error: unknown) => error as VendorError,
  );

describe('a question', () => {
  it('reads a verdict, and what the vendor tells with it', async () => {
    const { ask, deps } = await start();
    await expect(ask()).resolves.toMatchObject({
      verdict: 'TRUSTED',
      userId: TRUSTED_AT_ONCE,
      openId: SANDBOX_ALIPAY_ACCOUNTS[TRUSTED_AT_ONCE]?.openId,
      merchantIdentityId: expect.stringMatching(/^V1_[0-9a-f]{32}$/),
    });
    expect(deps.calls).toEqual([{ api: 'jobworth.authentication', outcome: 'ok', size: 1 }]);
  });

  it('is told WAITING until the person confirms, then the verdict once, then that the token is spent', async () => {
    const { ask } = await start({ wait: { times: 2 } });
    const question = newQuestion({ subject: { userId: '2088000000000002' } });
    await expect(ask(question)).resolves.toMatchObject({ verdict: 'WAITING', merchantIdentityId: null });
    await expect(ask(question)).resolves.toMatchObject({ verdict: 'WAITING' });
    await expect(ask(question)).resolves.toMatchObject({ verdict: 'NOT_TRUSTED' });
    await expect(errorOf(ask(question))).resolves.toMatchObject({
      kind: 'rejected',
      vendorCode: 'TOKEN_INVALID',
      maybeSent: false,
      requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it('arrives as it was signed, whatever its characters', async () => {
    const { ask, server } = await start();
    const connKey = "a b+c*d~e/f=g&h%i'j(k)!l";
    await expect(ask(newQuestion({ connKey, onceToken: '证件号-令牌😀' }))).resolves.toMatchObject({
      verdict: 'TRUSTED',
    });
    expect(server.requests[0]?.query.get('conn_key')).toBe(connKey);
    expect(server.requests[0]?.target).toContain('conn_key=a%20b%2Bc%2Ad~e%2Ff%3Dg%26h%25i%27j%28k%29%21l&');
  });

  it('has a request id of 32 hex digits and a nonce of its own each time', async () => {
    const { ask, server } = await start();
    await ask();
    await ask();
    const ids = server.requests.map(({ headers }) => headers['alipay-request-id']);
    expect(ids).toHaveLength(2);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
    const nonces = server.requests.map(({ headers }) => /nonce=([^,]+)/.exec(headers['authorization'] ?? '')?.[1]);
    expect(new Set([...ids, ...nonces]).size).toBe(4);
  });

  it("speaks the vendor's time where this machine's clock is off", async () => {
    const { ask } = await start({}, { clockOffsetMs: 11 * 60_000 });
    await expect(errorOf(ask())).resolves.toMatchObject({ kind: 'misconfigured', vendorCode: 'invalid-timestamp' });
    const { ask: askInTime } = await start({}, { clockOffsetMs: 9 * 60_000 });
    await expect(askInTime()).resolves.toMatchObject({ verdict: 'TRUSTED' });
  });

  it('is signed under the base path and for the merchant it is asked for', async () => {
    const { ask, server } = await start({}, { appAuthToken: '202212BB_D64b2be8afd4b6c8468cf585bd05E50' });
    await expect(ask()).resolves.toMatchObject({ verdict: 'TRUSTED' });
    expect(server.requests[0]?.headers['alipay-app-auth-token']).toBe('202212BB_D64b2be8afd4b6c8468cf585bd05E50');
    const { ask: askBelow } = await start({}, { baseUrl: `${server.url}/below` });
    // Another sandbox's key would fail the signature first; this one shares it and only misses the path.
    await expect(errorOf(askBelow())).resolves.toMatchObject({ vendorCode: 'invalid-path' });
  });

  it('asks for encryption where a key is set, and verifies before it decrypts', async () => {
    const encryptKey = 'MDEyMzQ1Njc4OWFiY2RlZg==';
    const { ask, server } = await start({ encryptKey }, { encryptKey });
    await expect(ask()).resolves.toMatchObject({ verdict: 'TRUSTED' });
    expect(server.requests[0]?.headers).toMatchObject({ 'alipay-encrypt-type': 'AES', 'content-type': 'text/plain' });
    server.play('changed-after-signing', 1);
    await expect(errorOf(ask())).resolves.toMatchObject({ message: expect.stringContaining('not signed by Alipay') });
    await expect(errorOf(ask(newQuestion({ subject: { userId: '2088000000000004' } })))).resolves.toMatchObject({
      vendorCode: 'USER_NOT_AUTHORIZE',
    });
    const { ask: askWithOtherKey } = await start({ encryptKey }, { encryptKey: 'ZmVkY2JhOTg3NjU0MzIxMA==' });
    await expect(errorOf(askWithOtherKey())).resolves.toMatchObject({ kind: 'protocol', maybeSent: true });
  });
});

describe('an error', () => {
  /** Whether a verdict may be lost: decides between "refused" and "lost" once the token proves spent. */
  const AMBIGUOUS: Partial<Record<ZhimaScene | 'hang' | 'reset' | 'unavailable', boolean>> = {
    hang: true,
    reset: true,
    unavailable: true,
    'signed-with-another-key': true,
    unsigned: true,
    replayed: true,
    'about-somebody-else': true,
    'empty-object': true,
    accepted: true,
    'reset-after-consuming': true,
    'wrongly-signed-error': true,
    'non-json-error': true,
    'system-error': true,
    throttled: false,
    'too-many-requests': false,
    'unknown-gateway-code': false,
    'error-with-text-links': false,
    'merchant-intercept': false,
    'token-invalid': false,
    'not-authorized': false,
  };

  it.each(Object.entries(AMBIGUOUS))(
    'in the scene "%s" says whether the token may be spent: %s',
    async (scene, ambiguous) => {
      const { ask, server } = await start({}, { timeoutMs: 500 });
      server.play(scene as ZhimaScene);
      await expect(errorOf(ask())).resolves.toMatchObject({ maybeSent: ambiguous });
    },
  );

  it('is not sent where less than a quarter of its time is left when its turn comes', async () => {
    const { ask, server } = await start({}, { maxPerSecond: 1, timeoutMs: 1_400 });
    server.play('slow');
    const outcomes = await Promise.all([ask(), errorOf(ask())]);
    expect(outcomes).toMatchObject([{ verdict: 'TRUSTED' }, { kind: 'throttled', maybeSent: false }]);
    expect(server.requests).toHaveLength(1);
  });

  it('says that nothing was sent where nobody listens', async () => {
    const { ask, server } = await start();
    await server.close();
    await expect(errorOf(ask())).resolves.toMatchObject({ kind: 'unavailable', maybeSent: false });
  });

  it('tells nothing of what was asked, nor of what the vendor wrote', async () => {
    const { ask, server } = await start();
    const question = newQuestion({ subject: { certNo: '11010519491231002X', certType: '0' } });
    const scenes: ZhimaScene[] = ['error-with-details', 'token-invalid', 'non-json-error', 'about-somebody-else'];
    for (const scene of scenes) {
      server.play(scene, 1);
      const error = await errorOf(
        ask({ ...question, connKey: scene, subject: { ...question.subject, userId: scene } }),
      );
      const told = JSON.stringify([error, error.message, error.cause]);
      for (const secret of [question.onceToken, '11010519491231002X', '127.0.0.1', 'token失效', '沙箱', 'Forbidden'])
        expect(told).not.toContain(secret);
    }
    expect(server.requests).toHaveLength(scenes.length);
  });

  it('is not a verdict where the answer is about another open id', async () => {
    const { ask } = await start();
    const subject = { userId: TRUSTED_AT_ONCE, openId: 'somebody-else' };
    await expect(errorOf(ask(newQuestion({ subject })))).resolves.toMatchObject({ kind: 'protocol', maybeSent: true });
  });
});

describe('a keep-alive connection', () => {
  /** Answers the first request properly, then drops the connection in the given way with the second one. */
  async function startDropping(drop: (socket: Socket) => void) {
    let seen = 0;
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        seen += data.toString('latin1').split('GET /').length - 1;
        if (seen === 1) socket.write('HTTP/1.1 400 Bad\r\ncontent-length: 24\r\n\r\n{"code":"TOKEN_INVALID"}');
        else drop(socket);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { settings } = await start();
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = new ZhimaClient({ ...settings, baseUrl }, recordingDeps());
    closing.push(async () => {
      await client.close();
      server.close();
    });
    const ask = () => errorOf(client.send(newQuestion(), Deadline.after(1_000)));
    return { ask, seen: () => seen };
  }

  const DROPS: Record<string, (socket: Socket) => void> = {
    'is reset when the request arrives': (socket) => socket.resetAndDestroy(),
    'is ended when the request arrives': (socket) => socket.end(),
    'is closed when the request arrives': (socket) => socket.destroy(),
    'breaks within the answer': (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"identity'),
  };

  it.each(Object.entries(DROPS))('that %s does not make the request go out twice', async (_name, drop) => {
    const { ask, seen } = await startDropping(drop);
    await expect(ask()).resolves.toMatchObject({ vendorCode: 'TOKEN_INVALID' });
    await expect(ask()).resolves.toMatchObject({ kind: 'unavailable', maybeSent: true });
    // A client that repeats by itself does it at once.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(seen()).toBe(2);
  });
});
