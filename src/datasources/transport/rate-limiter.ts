/** Says when a call may start. `key` names what the vendor counts: one API of one account. */
export interface Pace {
  /** 0: the call may start now and has been counted. Otherwise the milliseconds after which it is worth asking again. */
  tryStart(key: string, maxPerSecond: number): number | Promise<number>;
  /** The wait in milliseconds that a call with `ahead` others before it has to expect, as far as this process knows. */
  expectedWaitMs(key: string, maxPerSecond: number, ahead: number): number;
}

/**
 * A little more than a second: the vendor counts arrivals, not departures, and the last call of one window may travel
 * longer than the first of the next.
 */
export const PACE_WINDOW_MS = 1_100;

/** Sliding window: a call starts when the one `maxPerSecond` before it is a window ago. A token bucket would let 2n through. */
export class LocalPace implements Pace {
  private readonly starts = new Map<string, number[]>();

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  tryStart(key: string, maxPerSecond: number): number {
    const waitMs = this.expectedWaitMs(key, maxPerSecond, 0);
    if (waitMs > 0) return waitMs;
    const starts = this.startsOf(key);
    starts.push(this.nowMs());
    if (starts.length > maxPerSecond) starts.splice(0, starts.length - maxPerSecond);
    return 0;
  }

  expectedWaitMs(key: string, maxPerSecond: number, ahead: number): number {
    const now = this.nowMs();
    const starts = [...this.startsOf(key)];
    let startMs = now;
    for (let call = 0; call <= ahead; call += 1) {
      const nthLast = starts[starts.length - maxPerSecond];
      startMs = Math.max(startMs, nthLast === undefined ? now : nthLast + PACE_WINDOW_MS);
      starts.push(startMs);
    }
    return startMs - now;
  }

  private startsOf(key: string): number[] {
    let starts = this.starts.get(key);
    if (!starts) this.starts.set(key, (starts = []));
    return starts;
  }
}
