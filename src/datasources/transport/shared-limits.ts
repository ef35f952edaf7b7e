import { type Hold } from './hold.js';
import { type RateLimiter } from './rate-limiter.js';

/** What several processes keep together of the limits that vendors set. */
export interface SharedLimits {
  rateLimiter: RateLimiter;
  holds: SharedHolds;
  state: () => SharedState;
  close(): Promise<void>;
}

export interface SharedHolds {
  /** The hold on one API of one account, by the key of its rate limit. Told to one process, it holds in all of them. */
  of(key: string): Hold;
}

export interface SharedState {
  /** False while this process goes on alone, with its share of each rate limit. */
  joined: boolean;
  /** How many processes divide the limits, this one included, as far as it knows. */
  processes: number;
}
