import { expect, it } from '@jest/globals';
import { Cancellation } from '../../src/datasources/transport/cancellation.js';
import { SharedReads } from '../../src/datasources/transport/audience.js';
import { Deadline } from '../../src/datasources/transport/deadline.js';

/** A read that answers when it is told to, and fails at the end of its deadline. */
function reading() {
  const calls: { shared: Deadline; answer: (value: string) => void; fail: (error: Error) => void }[] = [];
  const start = (shared: Deadline) =>
    new Promise<string>((answer, fail) => {
      calls.push({ shared, answer, fail });
      shared.onEnd(() => fail(new Error('ended')));
    });
  return { calls, start };
}

it('makes one call for all who ask the same at the same time, and a new one for who comes after its answer', async () => {
  const reads = new SharedReads<string>('somebody', 1_000);
  const { calls, start } = reading();
  const deadline = Deadline.after(5_000);
  const together = [1, 2, 3].map(() => reads.load('a', deadline, start));
  const other = reads.load('b', deadline, start);
  expect(calls).toHaveLength(2);
  calls[0]?.answer('one');
  calls[1]?.answer('two');
  expect(await Promise.all([...together, other])).toEqual(['one', 'one', 'one', 'two']);
  reads.load('a', deadline, start).catch(() => undefined);
  expect(calls).toHaveLength(3);
});

it('tells a failure to all who wait for it, and to nobody later', async () => {
  const reads = new SharedReads<string>('somebody', 1_000);
  const { calls, start } = reading();
  const together = [1, 2].map(() => reads.load('a', Deadline.after(5_000), start));
  calls[0]?.fail(new Error('broken'));
  for (const one of together) await expect(one).rejects.toThrow('broken');
  const later = reads.load('a', Deadline.after(5_000), start);
  calls[1]?.answer('mended');
  await expect(later).resolves.toBe('mended');
});

it('ends for each at their own deadline, and the call itself when all have left, whose error the last is told', async () => {
  const reads = new SharedReads<string>('somebody', 1_000);
  const { calls, start } = reading();
  const leaving = new Cancellation();
  const left = reads.load('a', Deadline.after(5_000, leaving), start);
  const late = reads.load('a', Deadline.after(30), start);
  leaving.cancel();
  await expect(left).rejects.toMatchObject({ kind: 'timeout', vendor: 'somebody' });
  expect(calls[0]?.shared.callerLeft()).toBe(false);
  await expect(late).rejects.toThrow('ended');
  expect(calls[0]?.shared.callerLeft()).toBe(true);
  // Who comes now must not join a call that was ended.
  reads.load('a', Deadline.after(5_000), start).catch(() => undefined);
  expect(calls).toHaveLength(2);
});

it('goes on until the time of the last is up, which is not taken for a departure', async () => {
  const reads = new SharedReads<string>('somebody', 1_000);
  const { calls, start } = reading();
  const began = performance.now();
  const early = reads.load('a', Deadline.after(30), start);
  const late = reads.load('a', Deadline.after(90), start);
  await expect(early).rejects.toMatchObject({ kind: 'timeout', vendor: 'somebody' });
  await expect(late).rejects.toThrow('ended');
  expect(performance.now() - began).toBeGreaterThanOrEqual(90);
  expect(calls).toHaveLength(1);
  expect(calls[0]?.shared.callerLeft()).toBe(false);
});

it('is not joined by who comes long after it began', () => {
  const reads = new SharedReads<string>('somebody', -1);
  const { calls, start } = reading();
  reads.load('a', Deadline.after(5_000), start).catch(() => undefined);
  reads.load('a', Deadline.after(5_000), start).catch(() => undefined);
  expect(calls).toHaveLength(2);
});
