import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { Cancellation } from '../../src/datasources/transport/cancellation.js';
import { Deadline, DeadlineEnded } from '../../src/datasources/transport/deadline.js';

/** How often the deadline told that it ended. */
function listening(deadline: Deadline): { told: number } {
  const seen = { told: 0 };
  deadline.onEnd(() => {
    seen.told += 1;
  });
  return seen;
}

it('tells its end when the time is up, once, and does not take it for a caller that left', async () => {
  const deadline = Deadline.after(10, new Cancellation());
  const [one, other] = [listening(deadline), listening(deadline)];
  await pause(40);
  expect([one.told, other.told]).toEqual([1, 1]);
  expect(deadline.remainingMs()).toBe(0);
  expect(deadline.callerLeft()).toBe(false);
});

it('ends when the caller leaves, and says so', async () => {
  const caller = new Cancellation();
  const deadline = Deadline.after(30, caller);
  const seen = listening(deadline);
  expect(deadline.callerLeft()).toBe(false);
  expect(deadline.remainingMs()).toBeGreaterThan(20);
  caller.cancel();
  expect(seen.told).toBe(1);
  expect(deadline.callerLeft()).toBe(true);
  expect(deadline.remainingMs()).toBe(0);
  await pause(50);
  expect(seen.told).toBe(1);
});

it('tells nothing to who no longer listens, and starts again for who comes later', async () => {
  const caller = new Cancellation();
  const deadline = Deadline.after(20, caller);
  const early = { told: 0 };
  const listener = () => {
    early.told += 1;
  };
  deadline.onEnd(listener);
  deadline.offEnd(listener);
  const late = listening(deadline);
  await pause(40);
  caller.cancel();
  expect([early.told, late.told]).toEqual([0, 1]);
});

it('does not call at its end whom another takes back meanwhile', () => {
  const caller = new Cancellation();
  const deadline = Deadline.after(60_000, caller);
  const called: string[] = [];
  const second = () => called.push('second');
  deadline.onEnd(() => {
    called.push('first');
    deadline.offEnd(second);
  });
  deadline.onEnd(second);
  deadline.onEnd(() => called.push('third'));
  caller.cancel();
  expect(called).toEqual(['first', 'third']);
});

it('stops sleeping when the time is up', async () => {
  const started = performance.now();
  await expect(Deadline.after(20).sleep(5_000)).rejects.toBeInstanceOf(DeadlineEnded);
  expect(performance.now() - started).toBeLessThan(1_000);
});
