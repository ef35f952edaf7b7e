import { type Permit, type RateLimiter } from '../../src/datasources/transport/rate-limiter.js';

/** Starts a call that leaves at once, and gives 0; else the milliseconds that it has to wait. */
export function start(limiter: RateLimiter, key: string, maxPerSecond: number): number | Promise<number> {
  const told = limiter.tryAcquire(key, maxPerSecond);
  return told instanceof Promise ? told.then(leave) : leave(told);
}

function leave(told: Permit | number): number {
  if (typeof told === 'number') return told;
  told();
  return 0;
}
