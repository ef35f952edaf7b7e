import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from '@jest/globals';
import { Deadline } from '../../src/datasources/transport/deadline.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Only the signal survives, as it does in an HTTP client that waits. */
function signalOf(timeoutMs: number, caller: AbortSignal): { aborted: boolean } {
  const seen = { aborted: false };
  Deadline.after(timeoutMs, caller).signal.addEventListener('abort', () => {
    seen.aborted = true;
  });
  return seen;
}

it('still ends after a garbage collection where there is a caller', async () => {
  const caller = new AbortController();
  const seen = signalOf(100, caller.signal);
  for (let round = 0; round < 5; round += 1) {
    collectGarbage();
    await pause(5);
  }
  await pause(150);
  expect(seen.aborted).toBe(true);
});

it('ends when the caller leaves, and says so', () => {
  const caller = new AbortController();
  const deadline = Deadline.after(10_000, caller.signal);
  expect(deadline.callerLeft()).toBe(false);
  expect(deadline.remainingMs()).toBeGreaterThan(9_000);
  caller.abort();
  expect(deadline.signal.aborted).toBe(true);
  expect(deadline.callerLeft()).toBe(true);
  expect(deadline.remainingMs()).toBe(0);
});

it('does not take the end of the time for a caller that left', async () => {
  const deadline = Deadline.after(10, new AbortController().signal);
  await pause(40);
  expect(deadline.signal.aborted).toBe(true);
  expect(deadline.callerLeft()).toBe(false);
});

it('stops sleeping when the time is up', async () => {
  const started = performance.now();
  await expect(Deadline.after(20).sleep(5_000)).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(performance.now() - started).toBeLessThan(1_000);
});
