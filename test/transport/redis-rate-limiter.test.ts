import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createClient } from 'redis';
import { RATE_WINDOW_MS } from '../../src/datasources/transport/rate-limiter.js';
import { connectRedisRateLimiter, type SharedRateLimiter } from '../../src/datasources/transport/redis-rate-limiter.js';

const REDIS_URL = process.env['TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379';

const open: SharedRateLimiter[] = [];
afterEach(() => Promise.all(open.splice(0).map((limiter) => limiter.close())));

async function connect(url = REDIS_URL) {
  const faults: string[] = [];
  const limiter = await connectRedisRateLimiter(url, (what) => faults.push(what));
  open.push(limiter);
  return { limiter, faults };
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

if (await redisAnswers()) describe('one pace of several processes', onePace);
else
  console.warn(`Redis does not answer at ${REDIS_URL} (TEST_REDIS_URL): what several processes share is not tested.`);

function onePace(): void {
  it('lets no more start in a window than one process alone would', async () => {
    const both = [await connect(), await connect()];
    const key = randomUUID();
    const waits: number[] = [];
    for (let call = 0; call < 6; call += 1) waits.push((await both[call % 2]?.limiter.tryAcquire(key, 5)) ?? -1);
    expect(waits.slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
    expect(waits[5]).toBeGreaterThan(RATE_WINDOW_MS - 500);
    expect(waits[5]).toBeLessThanOrEqual(RATE_WINDOW_MS);
    expect(both.flatMap(({ faults }) => faults)).toEqual([]);
  });

  it('lets the next start once the window is over', async () => {
    const both = [await connect(), await connect()] as const;
    const key = randomUUID();
    expect(await both[0].limiter.tryAcquire(key, 1)).toBe(0);
    const waitMs = await both[1].limiter.tryAcquire(key, 1);
    expect(waitMs).toBeGreaterThan(0);
    await new Promise((next) => setTimeout(next, waitMs + 5));
    expect(await both[1].limiter.tryAcquire(key, 1)).toBe(0);
  });
}

it('keeps the rate limit by itself where Redis does not answer, and says so once', async () => {
  const { limiter, faults } = await connect('redis://127.0.0.1:9');
  const waits = [
    await limiter.tryAcquire('key', 2),
    await limiter.tryAcquire('key', 2),
    await limiter.tryAcquire('key', 2),
  ];
  expect(waits.slice(0, 2)).toEqual([0, 0]);
  expect(waits[2]).toBeGreaterThan(0);
  expect(faults).toEqual(['Redis does not answer: this process keeps the rate limit by itself']);
});
