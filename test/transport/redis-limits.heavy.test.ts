import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { REPLY_MS } from '../../src/datasources/transport/membership.js';
import { RATE_WINDOW_MS } from '../../src/datasources/transport/rate-limiter.js';
import { connectRedisLimits } from '../../src/datasources/transport/redis-limits.js';
import { type SharedLimits } from '../../src/datasources/transport/shared-limits.js';
import { CAN_START_REDIS, PrivateRedis } from '../redis.js';
import { until } from '../until.js';
import { start } from './starting.js';

const KEY = 'invented:account:api';
const SILENT = { warn: () => undefined, info: () => undefined };

/** The way of one process to Redis, which can be cut for it alone. */
class Line {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private port = 0;

  constructor(private readonly redisPort: number) {}

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async open(): Promise<void> {
    this.server = createServer((near) => {
      const far = connect(this.redisPort, '127.0.0.1');
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.sockets.add(one);
        one.on('error', () => undefined).on('close', () => other.destroy());
        one.pipe(other);
      }
    }).listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  async cut(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
    this.server?.close();
    await once(this.server as Server, 'close');
  }
}

const suite = CAN_START_REDIS ? describe : describe.skip;

suite('a Redis of its own', () => {
  it('that comes back empty, and later to one process than to the other, lets no more start than the limit', async () => {
    const most = 6;
    const redis = await PrivateRedis.start();
    const line = new Line(Number(new URL(redis.url).port));
    await line.open();
    const options = { vendors: ['invented'], processes: 2, log: SILENT };
    const near = await connectRedisLimits(redis.url, options);
    const far = await connectRedisLimits(line.url, options);
    const starts: number[] = [];
    let over = false;
    const drive = async ({ rateLimiter }: SharedLimits) => {
      while (!over) {
        const waitMs = await start(rateLimiter, KEY, most);
        if (waitMs === 0) starts.push(performance.now());
        else await sleep(waitMs);
      }
    };
    const driven = Promise.all([drive(near), drive(far)]);
    const startsWithin = async (ms: number) => {
      const before = starts.length;
      await sleep(ms);
      return starts.length - before;
    };
    try {
      await until(() => far.state().joined);
      await sleep(2_000);
      await redis.kill();
      await line.cut();
      await sleep(RATE_WINDOW_MS + REPLY_MS);
      const alone = await startsWithin(2 * RATE_WINDOW_MS);
      await redis.start();
      await until(() => near.state().joined);
      expect(far.state().joined).toBe(false);
      const apart = await startsWithin(2 * RATE_WINDOW_MS);
      await line.open();
      await until(() => far.state().joined);
      const together = await startsWithin(6_000);

      const inAnySecond = starts.map((from) => starts.filter((at) => at >= from && at < from + 1_000).length);
      expect(Math.max(...inAnySecond)).toBeLessThanOrEqual(most);
      // Two windows each, and what is left of a third.
      for (const count of [alone, apart]) expect(count).toBeGreaterThanOrEqual(most * 1.5);
      expect(together).toBeGreaterThanOrEqual(most * 4);
      expect([near, far].map((limits) => limits.state())).toEqual(Array(2).fill({ joined: true, processes: 2 }));
    } finally {
      over = true;
      await driven;
      await Promise.all([near.close(), far.close()]);
      await line.cut();
      await redis.erase();
    }
  }, 40_000);

  it('that gave a permit to a process which died gives it to another as soon as that could not be using it', async () => {
    const redis = await PrivateRedis.start();
    const options = { vendors: ['invented'], processes: 1, log: SILENT };
    const [dying, other] = [await connectRedisLimits(redis.url, options), await connectRedisLimits(redis.url, options)];
    try {
      expect(typeof (await dying.rateLimiter.tryAcquire(KEY, 1))).toBe('function');
      const askedAt = performance.now();
      await dying.close();
      for (let waitMs = 1; waitMs > 0;) {
        waitMs = await start(other.rateLimiter, KEY, 1);
        await sleep(waitMs);
      }
      expect(performance.now() - askedAt).toBeGreaterThan(5_000 + RATE_WINDOW_MS - 50);
      expect(performance.now() - askedAt).toBeLessThan(5_000 + 2 * RATE_WINDOW_MS + 500);
    } finally {
      await other.close();
      await redis.erase();
    }
  }, 30_000);

  it('that hangs is waited for once and briefly, then not at all, neither by calls nor by bans nor at the end', async () => {
    const redis = await PrivateRedis.start();
    const said: string[] = [];
    const log = { warn: (text: string) => said.push(text), info: (text: string) => said.push(text) };
    const options = { vendors: ['invented'], processes: 2, log };
    const [limits, other] = [
      await connectRedisLimits(redis.url, options),
      await connectRedisLimits(redis.url, { ...options, log: SILENT }),
    ];
    const take = () => start(limits.rateLimiter, KEY, 4);
    try {
      expect(await take()).toBe(0);
      redis.hang();
      const hungAt = performance.now();
      const waitMs = await take();
      expect(performance.now() - hungAt).toBeLessThan(2 * REPLY_MS);
      expect(waitMs).toBeGreaterThan(RATE_WINDOW_MS);
      // A number, not a promise: nothing is asked.
      expect(take()).toBeGreaterThan(1_000);
      await sleep(waitMs + 5);
      expect([take(), take()]).toEqual([0, 0]);
      expect(take()).toBeGreaterThan(1_000);
      limits.holds.of(KEY).start(60);
      expect(limits.state()).toEqual({ joined: false, processes: 2 });
      redis.goOn();
      await until(() => limits.state().joined);
      // What the vendor told meanwhile is told to the others now.
      await until(() => other.holds.of(KEY).leftMs() > 0);
      expect(other.holds.of(KEY).leftMs()).toBeGreaterThan(50_000);
      expect(said).toEqual([
        expect.stringContaining('Redis does not answer'),
        expect.stringContaining('Redis answers again'),
      ]);
      redis.hang();
      const closing = performance.now();
      await Promise.all([limits.close(), other.close()]);
      expect(performance.now() - closing).toBeLessThan(3 * REPLY_MS);
    } finally {
      await redis.erase();
    }
  });
});
