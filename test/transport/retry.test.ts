import { expect, it } from '@jest/globals';
import { Deadline } from '../../src/datasources/transport/deadline.js';
import { VendorError, type VendorErrorKind } from '../../src/datasources/transport/errors.js';
import { retry, RetryBudget } from '../../src/datasources/transport/retry.js';

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
  await expect(retry(2, Deadline.after(1_000), new RetryBudget(), unavailable, heals.run)).resolves.toBe('done');
  expect(heals.attempts).toBe(2);
  const stays = failing(failure('unavailable'), failure('unavailable'), failure('unavailable'));
  await expect(retry(2, Deadline.after(1_000), new RetryBudget(), unavailable, stays.run)).rejects.toMatchObject({
    kind: 'unavailable',
  });
  expect(stays.attempts).toBe(2);
});

it('does not repeat what may not be repeated, nor what the deadline has no room for', async () => {
  const refused = failing(failure('rejected'));
  await expect(retry(2, Deadline.after(1_000), new RetryBudget(), unavailable, refused.run)).rejects.toMatchObject({
    kind: 'rejected',
  });
  expect(refused.attempts).toBe(1);
  const late = failing(failure('unavailable'));
  await expect(retry(2, Deadline.after(20), new RetryBudget(), unavailable, late.run)).rejects.toMatchObject({
    kind: 'unavailable',
  });
  expect(late.attempts).toBe(1);
});

it('tells the failure that was sent, not the repetition that never left', async () => {
  const both = failing(failure('unavailable'), failure('throttled', false));
  await expect(retry(2, Deadline.after(1_000), new RetryBudget(), unavailable, both.run)).rejects.toMatchObject({
    kind: 'unavailable',
    maybeSent: true,
  });
  expect(both.attempts).toBe(2);
});

it('repeats at most a tenth of the calls beyond its reserve of ten, however many fail', async () => {
  const budget = new RetryBudget();
  let attempts = 0;
  const CALLS = 100;
  for (let call = 0; call < CALLS; call += 1) {
    const failing = retry(2, Deadline.after(10_000), budget, unavailable, () => {
      attempts += 1;
      return Promise.reject(failure('unavailable'));
    });
    // The pause before a repetition is not what is tested here.
    if (call < 3 || budget.remaining() === 0) await expect(failing).rejects.toMatchObject({ kind: 'unavailable' });
    else failing.catch(() => undefined);
  }
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(attempts).toBeGreaterThan(CALLS + 10);
  expect(attempts).toBeLessThanOrEqual(CALLS + 10 + CALLS / 10);
});
