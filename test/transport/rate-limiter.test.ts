import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LocalRateLimiter, RATE_WINDOW_MS } from '../../src/datasources/transport/rate-limiter.js';
import { start } from './starting.js';

/** The most starts that any window of `windowMs` holds. */
function mostInAnyWindow(starts: readonly number[], windowMs: number): number {
  return Math.max(
    0,
    ...starts.map((from) => starts.filter((start) => start >= from && start < from + windowMs).length),
  );
}

describe('the local limiter', () => {
  it('lets n start at once, and the next one a window after the first', () => {
    let now = 5_000;
    const limiter = new LocalRateLimiter(() => now);
    expect([1, 2, 3].map(() => start(limiter, 'api', 3))).toEqual([0, 0, 0]);
    expect(start(limiter, 'api', 3)).toBe(RATE_WINDOW_MS);
    now += RATE_WINDOW_MS - 1;
    expect(start(limiter, 'api', 3)).toBe(1);
    now += 1;
    expect(start(limiter, 'api', 3)).toBe(0);
  });

  it('never lets more than n leave in any sliding window, however they come and however late they leave', () => {
    const steps = fc.array(fc.record({ pauseMs: fc.integer({ min: 0, max: 400 }), lateMs: fc.nat({ max: 2_000 }) }), {
      minLength: 1,
      maxLength: 120,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), steps, (maxPerSecond, calls) => {
        let now = 0;
        const limiter = new LocalRateLimiter(() => now);
        const departures: number[] = [];
        let due: { atMs: number; leave: () => void }[] = [];
        for (const { pauseMs, lateMs } of calls) {
          now += pauseMs;
          for (const { leave } of due.filter(({ atMs }) => atMs <= now)) {
            leave();
            departures.push(now);
          }
          due = due.filter(({ atMs }) => atMs > now);
          const told = limiter.tryAcquire('api', maxPerSecond);
          if (typeof told !== 'number') due.push({ atMs: now + lateMs, leave: told });
        }
        return mostInAnyWindow(departures, RATE_WINDOW_MS) <= maxPerSecond;
      }),
    );
  });

  it('lets nobody take the place of a call that has yet to leave, and counts a window from when it does', () => {
    let now = 0;
    const limiter = new LocalRateLimiter(() => now);
    const leave = limiter.tryAcquire('api', 1);
    now += 10 * RATE_WINDOW_MS;
    expect([0, 1].map((ahead) => limiter.expectedWaitMs('api', 1, ahead))).toEqual([
      RATE_WINDOW_MS,
      2 * RATE_WINDOW_MS,
    ]);
    if (typeof leave === 'number') throw new Error('one alone has to wait');
    leave();
    now += 400;
    expect(start(limiter, 'api', 1)).toBe(RATE_WINDOW_MS - 400);
    now += RATE_WINDOW_MS - 400;
    expect(start(limiter, 'api', 1)).toBe(0);
  });

  it('starts a call exactly when it was expected to, with others before it', () => {
    let now = 0;
    const limiter = new LocalRateLimiter(() => now);
    const expected = [0, 1, 2, 3, 4].map((ahead) => limiter.expectedWaitMs('api', 2, ahead));
    expect(expected).toEqual([0, 0, RATE_WINDOW_MS, RATE_WINDOW_MS, 2 * RATE_WINDOW_MS]);
    for (const at of expected) {
      now = at;
      expect(start(limiter, 'api', 2)).toBe(0);
    }
  });

  it('does not count a question about the wait as a start', () => {
    const limiter = new LocalRateLimiter(() => 0);
    limiter.expectedWaitMs('api', 1, 5);
    expect(start(limiter, 'api', 1)).toBe(0);
  });

  it('keeps to its share where several processes divide the limit: whole calls, or one call in a longer window', () => {
    let now = 0;
    const shareOf = (processes: number) => new LocalRateLimiter(() => now, processes);
    const three = shareOf(3);
    // A third of eight.
    expect([1, 2, 3].map(() => start(three, 'api', 8))).toEqual([0, 0, RATE_WINDOW_MS]);
    expect([1, 2, 3, 4].map((ahead) => three.expectedWaitMs('api', 8, ahead))).toEqual(
      [1, 2, 2, 3].map((windows) => windows * RATE_WINDOW_MS),
    );
    const ten = shareOf(10);
    expect([1, 2].map(() => start(ten, 'api', 5))).toEqual([0, 2 * RATE_WINDOW_MS]);
    now += 2 * RATE_WINDOW_MS;
    expect([1, 2].map(() => start(ten, 'api', 5))).toEqual([0, 2 * RATE_WINDOW_MS]);
  });

  it('counts each API on its own', () => {
    const limiter = new LocalRateLimiter(() => 0);
    expect(start(limiter, 'cards', 1)).toBe(0);
    expect(start(limiter, 'codes', 1)).toBe(0);
    expect(start(limiter, 'cards', 1)).toBe(RATE_WINDOW_MS);
  });
});
