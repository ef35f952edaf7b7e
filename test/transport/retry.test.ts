import { expect, it } from '@jest/globals';
import { createBreaker } from '../../src/datasources/transport/breaker.js';
import { Deadline } from '../../src/datasources/transport/deadline.js';
import { VendorError, type VendorErrorKind } from '../../src/datasources/transport/errors.js';
import { retry } from '../../src/datasources/transport/retry.js';

const failure = (kind: VendorErrorKind, maybeSent = true) =>
  new VendorError({ vendor: 'somebody', kind, message: kind, maybeSent });

/** Fails with each of `failures` in turn, then succeeds; counts the attempts. */
function failing(...failures: VendorError[]): { attempts: number; run: () => Promise<string> } {
  const seen = {
    attempts: 0,
    run: () => {
      const next = failures[seen.attempts];
      seen.attempts += 1;
      return next ? Promise.reject(next) : Promise.resolve('done');
    },
  };
  return seen;
}
const unavailable = (error: VendorError) => error.kind === 'unavailable';

it('repeats what may be repeated, and no more often than it is told', async () => {
  const heals = failing(failure('unavailable'));
  await expect(retry(2, Deadline.after(1_000), unavailable, heals.run)).resolves.toBe('done');
  expect(heals.attempts).toBe(2);
  const stays = failing(failure('unavailable'), failure('unavailable'), failure('unavailable'));
  await expect(retry(2, Deadline.after(1_000), unavailable, stays.run)).rejects.toMatchObject({ kind: 'unavailable' });
  expect(stays.attempts).toBe(2);
});

it('does not repeat what may not be repeated, nor what the deadline has no room for', async () => {
  const refused = failing(failure('rejected'));
  await expect(retry(2, Deadline.after(1_000), unavailable, refused.run)).rejects.toMatchObject({ kind: 'rejected' });
  expect(refused.attempts).toBe(1);
  const late = failing(failure('unavailable'));
  await expect(retry(2, Deadline.after(20), unavailable, late.run)).rejects.toMatchObject({ kind: 'unavailable' });
  expect(late.attempts).toBe(1);
});

it('tells the failure that was sent, not the repetition that never left', async () => {
  const both = failing(failure('unavailable'), failure('throttled', false));
  await expect(retry(2, Deadline.after(1_000), unavailable, both.run)).rejects.toMatchObject({
    kind: 'unavailable',
    maybeSent: true,
  });
  expect(both.attempts).toBe(2);
});

it('opens after ten failures in a row', async () => {
  const breaker = createBreaker('somebody');
  for (let call = 0; call < 10; call += 1) {
    await expect(breaker(() => Promise.reject(failure('timeout')))).rejects.toMatchObject({ kind: 'timeout' });
  }
  let asked = false;
  const next = breaker(() => {
    asked = true;
    return Promise.resolve();
  });
  await expect(next).rejects.toMatchObject({ kind: 'unavailable', retryAfterSeconds: 5, maybeSent: false });
  expect(asked).toBe(false);
});

it('does not open because callers left', async () => {
  const breaker = createBreaker('somebody');
  const left = Deadline.after(1_000, AbortSignal.abort());
  for (let call = 0; call < 12; call += 1) {
    await expect(breaker(() => Promise.reject(failure('timeout')), left)).rejects.toMatchObject({ kind: 'timeout' });
  }
  await expect(breaker(() => Promise.resolve('done'))).resolves.toBe('done');
});
