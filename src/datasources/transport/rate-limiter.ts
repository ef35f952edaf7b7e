/**
 * Lets one call start. To be called once: when the call leaves, or when it is certain that it never will. Until then it
 * counts as one that may leave at any moment.
 */
export type Permit = () => void;

/** Says when a call may start. `key` names what the vendor counts: one API of one account. */
export interface RateLimiter {
  /** A permit, or the milliseconds after which it is worth trying again. */
  tryAcquire(key: string, maxPerSecond: number): Permit | number | Promise<Permit | number>;
  /** The wait in milliseconds that a call with `ahead` others before it has to expect, as far as this process knows. */
  expectedWaitMs(key: string, maxPerSecond: number, ahead: number): number;
}

/**
 * A little more than a second: the vendor counts arrivals, not departures, and the last call of one window may travel
 * longer than the first of the next.
 */
export const RATE_WINDOW_MS = 1_100;

/** The calls to one API of one account. */
interface Calls {
  /** When the last of them left, in that order. */
  left: number[];
  /** How many have a permit and did not leave yet. */
  due: number;
}

/**
 * Sliding window: a call starts when the one `maxPerSecond` before it left a window ago. A token bucket would let 2n through.
 * So would counting from the permit: a connection takes its time to be made, and a busy process writes late.
 * Of a share that is no whole number only the whole calls are used; one below a call a second is a call in a longer window.
 */
export class LocalRateLimiter implements RateLimiter {
  private readonly byKey = new Map<string, Calls>();

  /** @param processes that divide each limit among themselves */
  constructor(
    private readonly nowMs: () => number = () => performance.now(),
    private readonly processes = 1,
  ) {}

  tryAcquire(key: string, maxPerSecond: number): Permit | number {
    const waitMs = this.expectedWaitMs(key, maxPerSecond, 0);
    return waitMs > 0 ? waitMs : this.acquire(key, maxPerSecond);
  }

  /** For a call that may start whatever this limiter says. */
  acquire(key: string, maxPerSecond: number): Permit {
    const calls = this.callsOf(key);
    calls.due += 1;
    return () => {
      calls.due -= 1;
      calls.left.push(this.nowMs());
      if (calls.left.length > maxPerSecond) calls.left.splice(0, calls.left.length - Math.ceil(maxPerSecond));
    };
  }

  expectedWaitMs(key: string, maxPerSecond: number, ahead: number): number {
    const now = this.nowMs();
    const { left, due } = this.callsOf(key);
    const share = maxPerSecond / this.processes;
    const calls = Math.max(1, Math.floor(share));
    const windowMs = RATE_WINDOW_MS / Math.min(1, share);
    // The last starts repeat window after window: only the place within a window has to be looked up.
    const windows = Math.floor(ahead / calls);
    const nthLast = left.length + due - calls + (ahead % calls);
    // What did not leave yet leaves now at the earliest.
    const startMs = nthLast < 0 ? now : Math.max(now, (left[nthLast] ?? now) + windowMs);
    return startMs - now + windows * windowMs;
  }

  private callsOf(key: string): Calls {
    let calls = this.byKey.get(key);
    if (!calls) this.byKey.set(key, (calls = { left: [], due: 0 }));
    return calls;
  }
}
