import { type Logger } from 'pino';
import { type Config } from '../config/config.js';
import { LocalRateLimiter } from '../datasources/transport/rate-limiter.js';
import { type SharedLimits } from '../datasources/transport/shared-limits.js';
import { type VendorDeps } from '../datasources/transport/vendor.js';

export type Limits = Pick<VendorDeps, 'rateLimiter' | 'holds'> & Partial<SharedLimits>;

/** What keeps the limits that vendors set: by Redis for all processes together, or each process its share. */
export async function openLimits(config: Config, logger: Logger): Promise<Limits> {
  if (config.redisUrl === undefined) return { rateLimiter: new LocalRateLimiter(undefined, config.processes) };
  // Only where it is used: the client takes a third of a second to load.
  const { connectRedisLimits } = await import('../datasources/transport/redis-limits.js');
  return connectRedisLimits(config.redisUrl, {
    vendors: [...config.vendors.keys()].filter((name) => config.subgraph === 'all' || config.subgraph === name),
    processes: config.processes,
    log: { warn: (text) => logger.warn(text), info: (text) => logger.info(text) },
  });
}
