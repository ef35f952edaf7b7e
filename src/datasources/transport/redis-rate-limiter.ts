import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';
import { LocalRateLimiter, RATE_WINDOW_MS, type RateLimiter } from './rate-limiter.js';

/** Redis answers in a millisecond; one that does not must not hold up the vendors' calls. */
const REDIS_TIMEOUT_MS = 250;
/** How long a start waits for Redis before it goes on without. */
const CONNECT_TIMEOUT_MS = 2_000;

/**
 * The sliding window of LocalRateLimiter, counted at Redis by Redis's clock: a sorted set of the starts within the window.
 * Answers 0 where the start was counted, else the microseconds until the oldest of them leaves the window.
 */
const TRY_ACQUIRE = `
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local window = tonumber(ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - window))
local started = redis.call('ZCARD', KEYS[1])
if started < tonumber(ARGV[2]) then
  redis.call('ZADD', KEYS[1], string.format('%.0f', now), string.format('%.0f', now) .. ':' .. ARGV[3])
  redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
  return 0
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return math.max(1, oldest[2] + window - now)
`;

/** A rate limit that several processes keep together. */
export interface SharedRateLimiter extends RateLimiter {
  /** Whether Redis answered when it was last asked. */
  reachable(): boolean;
  close(): Promise<void>;
}

/**
 * Connects to Redis or Valkey. Where it does not answer, this process keeps the rate limit by itself until it does, and
 * `onFault` hears of it: a vendor asked a little too often is better than one not asked at all.
 */
export async function connectRedisRateLimiter(
  url: string,
  onFault: (what: string) => void,
): Promise<SharedRateLimiter> {
  const local = new LocalRateLimiter();
  const client = createClient({
    url,
    disableOfflineQueue: true,
    commandOptions: { timeout: REDIS_TIMEOUT_MS },
    socket: { connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: (retries) => Math.min(100 * 2 ** retries, 1_000) },
  });
  let reachable = true;
  const told = (up: boolean) => {
    if (reachable && !up) onFault('Redis does not answer: this process keeps the rate limit by itself');
    reachable = up;
  };
  // Without a listener the client would end the process.
  client.on('error', () => {
    told(false);
  });
  client.on('ready', () => {
    told(true);
  });
  // The client goes on trying for as long as it lives; the start does not wait for that.
  const connected = client.connect().then(
    () => undefined,
    () => told(false),
  );
  await Promise.race([connected, sleep(CONNECT_TIMEOUT_MS, undefined, { ref: false })]);
  let starts = 0;
  const member = `${process.pid}:${Math.random().toString(36).slice(2)}`;

  return {
    expectedWaitMs: (key, maxPerSecond, ahead) => local.expectedWaitMs(key, maxPerSecond, ahead),
    tryAcquire: async (key, maxPerSecond) => {
      const waitMs = local.expectedWaitMs(key, maxPerSecond, 0);
      if (waitMs > 0) return waitMs;
      try {
        starts += 1;
        const answer = await client.eval(TRY_ACQUIRE, {
          keys: [`kaquan:rate:${key}`],
          arguments: [String(RATE_WINDOW_MS * 1_000), String(maxPerSecond), `${member}:${starts}`],
        });
        if (Number(answer) > 0) return Math.ceil(Number(answer) / 1_000);
      } catch {
        told(false);
      }
      return local.tryAcquire(key, maxPerSecond);
    },
    reachable: () => reachable,
    close: () => {
      client.destroy();
      return Promise.resolve();
    },
  };
}
