import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createClient } from 'redis';
import { RATE_WINDOW_MS } from '../../src/datasources/transport/rate-limiter.js';
import { connectRedisLimits } from '../../src/datasources/transport/redis-limits.js';
import { type SharedLimits } from '../../src/datasources/transport/shared-limits.js';
import { until } from '../until.js';
import { start } from './starting.js';

const REDIS_URL = process.env['TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379';

const open: SharedLimits[] = [];
afterEach(() => Promise.all(open.splice(0).map((limits) => limits.close())));

/** As one of several processes; the vendor's name keeps tests that run at the same time apart. */
async function connect(vendor: string, { url = REDIS_URL, processes = 1 } = {}) {
  const said: string[] = [];
  const log = { warn: (text: string) => said.push(text), info: (text: string) => said.push(text) };
  const limits = await connectRedisLimits(url, { vendors: [vendor], processes, log });
  open.push(limits);
  return { limits, said, take: (key: string, most: number) => start(limits.rateLimiter, key, most) };
}

/** A vendor of the test's own, and the key of one of its APIs. */
function invented() {
  const vendor = `invented-${randomUUID()}`;
  return { vendor, key: `${vendor}:account:api` };
}

async function redisAnswers(): Promise<boolean> {
  const client = createClient({ url: REDIS_URL, socket: { connectTimeout: 500, reconnectStrategy: false } });
  client.on('error', () => undefined);
  try {
    await client.connect();
    client.destroy();
    return true;
  } catch {
    return false;
  }
}

if (await redisAnswers()) describe('several processes', severalProcesses);
else
  console.warn(`Redis does not answer at ${REDIS_URL} (TEST_REDIS_URL): what several processes share is not tested.`);

function severalProcesses(): void {
  it('let no more start in a window than one alone would', async () => {
    const { vendor, key } = invented();
    const [one, other] = [await connect(vendor), await connect(vendor)];
    const waits: number[] = [];
    for (let call = 0; call < 6; call += 1) waits.push(await (call % 2 ? one : other).take(key, 5));
    expect(waits.slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
    expect(waits[5]).toBeGreaterThan(RATE_WINDOW_MS - 500);
    expect(waits[5]).toBeLessThanOrEqual(RATE_WINDOW_MS);
    expect([...one.said, ...other.said]).toEqual([]);
  });

  it('let the next start once the window is over', async () => {
    const { vendor, key } = invented();
    const [one, other] = [await connect(vendor), await connect(vendor)];
    expect(await one.take(key, 1)).toBe(0);
    const waitMs = await other.take(key, 1);
    expect(waitMs).toBeGreaterThan(0);
    await sleep(waitMs + 5);
    expect(await other.take(key, 1)).toBe(0);
  });

  it('count a call from when it leaves, though another process got its permit long before', async () => {
    const { vendor, key } = invented();
    const [one, other] = [await connect(vendor), await connect(vendor)];
    const permit = await one.limits.rateLimiter.tryAcquire(key, 1);
    await sleep(RATE_WINDOW_MS + 100);
    const waitMs = await other.take(key, 1);
    expect(waitMs).toBeGreaterThan(RATE_WINDOW_MS - 50);
    expect(await one.take(key, 1)).toBeGreaterThan(RATE_WINDOW_MS - 50);
    if (typeof permit === 'number') throw new Error('one alone has to wait');
    permit();
    const leftAt = performance.now();
    for (let told = waitMs; told > 0; told = await other.take(key, 1)) await sleep(told);
    expect(performance.now() - leftAt).toBeGreaterThanOrEqual(RATE_WINDOW_MS - 1);
    expect(performance.now() - leftAt).toBeLessThan(RATE_WINDOW_MS + 500);
  });

  it('keep to their share at first where some of the configured number are not there, for they may be alone', async () => {
    const { vendor, key } = invented();
    const first = await connect(vendor, { processes: 3 });
    const waits = [await first.take(key, 6), await first.take(key, 6), await first.take(key, 6)];
    expect(waits.slice(0, 2)).toEqual([0, 0]);
    expect(waits[2]).toBeGreaterThan(RATE_WINDOW_MS - 500);
  });

  it('hold back where a vendor told any of them to, and so does one that starts later', async () => {
    const { vendor, key } = invented();
    const [told, other, elsewhere] = [await connect(vendor), await connect(vendor), await connect('invented')];
    const told30 = (limits: SharedLimits) => Math.round(limits.holds.of(key).leftMs() / 1000);
    const before = other.limits.holds.of(key);
    told.limits.holds.of(key).start(30);
    await until(() => before.leftMs() > 0);
    const late = await connect(vendor);
    expect([told.limits, other.limits, late.limits].map(told30)).toEqual([30, 30, 30]);
    expect(before.refusal()).toMatchObject({ vendor, kind: 'throttled', retryAfterSeconds: 30, maybeSent: false });
    expect(other.limits.holds.of(`${vendor}:account:another`).leftMs()).toBe(0);
    // Who does not ask the vendor keeps nothing of it.
    expect(elsewhere.limits.holds.of(key).leftMs()).toBe(0);
  });

  it('count those who ask the same vendor, and one that ended no longer', async () => {
    const { vendor } = invented();
    const all = [await connect(vendor), await connect(vendor), await connect(vendor)];
    expect(all.map(({ limits }) => limits.state())).toEqual(
      [1, 2, 3].map((processes) => ({ joined: true, processes })),
    );
    await all[0]?.limits.close();
    const last = await connect(vendor);
    expect(last.limits.state()).toEqual({ joined: true, processes: 3 });
  });
}

it('without Redis a process waits for one window, goes on with its share, and says so once', async () => {
  const { vendor, key } = invented();
  const { limits, said, take } = await connect(vendor, { url: 'redis://127.0.0.1:9', processes: 3 });
  const pauseMs = await take(key, 6);
  expect(pauseMs).toBeGreaterThan(RATE_WINDOW_MS - 500);
  await sleep(pauseMs + 5);
  // At once, not by a promise: nothing is asked while nobody answers.
  expect([take(key, 6), take(key, 6)]).toEqual([0, 0]);
  expect(take(key, 6)).toBeGreaterThan(RATE_WINDOW_MS - 500);
  expect(limits.state()).toEqual({ joined: false, processes: 3 });
  expect(said).toEqual([expect.stringMatching(/^Redis does not answer: .* one of 3 shares/)]);
});
