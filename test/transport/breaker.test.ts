import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Cancellation } from '../../src/datasources/transport/cancellation.js';
import { Breaker } from '../../src/datasources/transport/breaker.js';
import { Deadline } from '../../src/datasources/transport/deadline.js';
import { VendorError, type VendorErrorKind } from '../../src/datasources/transport/errors.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const failure = (kind: VendorErrorKind, vendorCode?: string) =>
  new VendorError({ vendor: 'somebody', kind, message: kind, vendorCode });

function breaking() {
  const opened: VendorError[] = [];
  const breaker = new Breaker('somebody', (error) => opened.push(error));
  const deadline = Deadline.after(60_000);
  const send = (error?: VendorError, by = deadline) => {
    breaker.sending();
    breaker.answered(error, by);
  };
  const fail = (times: number, error = failure('timeout')) => {
    for (let call = 0; call < times; call += 1) send(error);
  };
  return { breaker, opened, send, fail };
}

it('opens after ten failures in a row, tells so once, and refuses without anything being sent', () => {
  const { breaker, opened, fail } = breaking();
  fail(9);
  expect([breaker.state(), breaker.refusal()]).toEqual(['closed', undefined]);
  fail(1);
  expect(breaker.state()).toBe('open');
  expect(breaker.refusal()).toMatchObject({ kind: 'unavailable', retryAfterSeconds: 5, maybeSent: false });
  // What was under way when it opened fails as well, and must not keep it open for longer.
  fail(3);
  expect(opened).toHaveLength(1);
});

it('lets one call through after five seconds, and closes when it is answered', () => {
  const { breaker, opened, fail, send } = breaking();
  fail(10, failure('unavailable'));
  jest.advanceTimersByTime(5_000);
  expect([breaker.state(), breaker.refusal()]).toEqual(['half-open', undefined]);
  breaker.sending();
  expect(breaker.refusal()).toMatchObject({ kind: 'unavailable' });
  breaker.answered(failure('timeout'), Deadline.after(1_000));
  expect([breaker.state(), opened.length]).toEqual(['open', 2]);
  jest.advanceTimersByTime(5_000);
  send();
  expect([breaker.state(), breaker.refusal()]).toEqual(['closed', undefined]);
});

it('counts in a row only: any answer shows that the vendor is up', () => {
  const { breaker, fail, send } = breaking();
  for (const answer of [failure('rejected'), failure('throttled'), failure('unavailable', 'isp.error'), undefined]) {
    fail(9);
    send(answer);
  }
  fail(9);
  expect(breaker.state()).toBe('closed');
});

it('does not open because callers left', () => {
  const { breaker, send } = breaking();
  const left = Deadline.after(1_000, gone());
  for (let call = 0; call < 12; call += 1) send(failure('timeout'), left);
  expect(breaker.refusal()).toBeUndefined();
});

function gone(): Cancellation {
  const departure = new Cancellation();
  departure.cancel();
  return departure;
}
