import { BrokenCircuitError, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import { type Deadline } from './deadline.js';
import { VendorError } from './errors.js';

const FAILURES_TO_OPEN = 10;
const OPEN_MS = 5_000;

export type Breaker = <T>(call: () => Promise<T>, deadline?: Deadline) => Promise<T>;

/** A failure that says nothing about the vendor: the caller had left. */
class CallerLeft extends Error {
  constructor(readonly failure: unknown) {
    super('the caller left');
  }
}

/**
 * Stops asking a vendor that answers nobody: after ten failures in a row (no answer, connection failed, 5xx) calls fail
 * at once for five seconds, then one is let through to see. Refusals and throttling do not count: the vendor is up.
 * Nor does, where the deadline is given, what failed because the caller left: ten closed browsers are not an outage.
 */
export function createBreaker(vendor: string): Breaker {
  const policy = circuitBreaker(
    handleWhen((error) => error instanceof VendorError && (error.kind === 'timeout' || error.kind === 'unavailable')),
    { halfOpenAfter: OPEN_MS, breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN) },
  );
  return async (call, deadline) => {
    try {
      return await policy.execute(() =>
        call().catch((error: unknown) => {
          throw deadline?.callerLeft() ? new CallerLeft(error) : error;
        }),
      );
    } catch (error) {
      if (error instanceof CallerLeft) throw error.failure;
      if (!(error instanceof BrokenCircuitError)) throw error;
      throw new VendorError({
        vendor,
        kind: 'unavailable',
        message: `${vendor} is not asked for a moment: it failed ${FAILURES_TO_OPEN} times in a row`,
        retryAfterSeconds: OPEN_MS / 1000,
        maybeSent: false,
      });
    }
  };
}
