import { type Config } from '../../config/config.js';
import { type Finding, ok, wrong } from './finding.js';

/** Each call to a vendor waits for one answer; the rate limiter gives up at 250 ms. */
const SLOW_MS = 50;

/** Redis or Valkey, by the kind of script that the rate limiter runs; nothing without REDIS_URL. */
export async function examineRateLimit({ redisUrl }: Config): Promise<Finding[]> {
  if (redisUrl === undefined) return [];
  const { probeRedis } = await import('../../datasources/transport/redis-probe.js');
  const { ms, fault } = await probeRedis(redisUrl);
  if (fault !== undefined) {
    const advice = 'check REDIS_URL; until it answers, each process keeps the rate limit by itself';
    return [wrong('Redis', `does not do what a rate limit needs (${fault})`, advice)];
  }
  const time = `answers in ${ms.toFixed(1)} ms`;
  return [
    ms > SLOW_MS ? wrong('Redis', time, 'bring it nearer: every call to a vendor waits for it') : ok('Redis', time),
  ];
}
