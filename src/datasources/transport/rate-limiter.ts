/** Says when a call may start. `key` names what the vendor counts: one API of one account. */
export interface RateLimiter {
  /** 0: the call may start now and has been counted. Otherwise the milliseconds after which it is worth trying again. */
  tryAcquire(key: string, maxPerSecond: number): number | Promise<number>;
  /** The wait in milliseconds that a call with `ahead` others before it has to expect, as far as this process knows. */
  expectedWaitMs(key: string, maxPerSecond: number, ahead: number): number;
}

/**
 * A little more than a second: the vendor counts arrivals, not departures, and the last call of one window may travel
 * longer than the first of the next.
 */
export const RATE_WINDOW_MS = 1_100;

/**
 * Sliding window: a call starts when the one `maxPerSecond` before it is a window ago. A token bucket would let 2n through.
 * Of a share that is no whole number only the whole calls are used; one below a call a second is a call in a longer window.
 */
export class LocalRateLimiter implements RateLimiter {
  private readonly starts = new Map<string, number[]>();

  /** @param processes that divide each limit among themselves */
  constructor(
    private readonly nowMs: () => number = () => performance.now(),
    private readonly processes = 1,
  ) {}

  tryAcquire(key: string, maxPerSecond: number): number {
    const waitMs = this.expectedWaitMs(key, maxPerSecond, 0);
    if (waitMs > 0) return waitMs;
    const starts = this.startsOf(key);
    starts.push(this.nowMs());
    if (starts.length > maxPerSecond) starts.splice(0, starts.length - Math.ceil(maxPerSecond));
    return 0;
  }

  expectedWaitMs(key: string, maxPerSecond: number, ahead: number): number {
    const now = this.nowMs();
    const starts = this.startsOf(key);
    const share = maxPerSecond / this.processes;
    const calls = Math.max(1, Math.floor(share));
    const windowMs = RATE_WINDOW_MS / Math.min(1, share);
    // The last starts repeat window after window: only the place within a window has to be looked up.
    const windows = Math.floor(ahead / calls);
    const nthLast = starts[starts.length - calls + (ahead % calls)];
    const startMs = nthLast === undefined ? now : Math.max(now, nthLast + windowMs);
    return startMs - now + windows * windowMs;
  }

  private startsOf(key: string): number[] {
    let starts = this.starts.get(key);
    if (!starts) this.starts.set(key, (starts = []));
    return starts;
  }
}
