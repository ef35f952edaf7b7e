import { type Deadline } from './deadline.js';
import { VendorError } from './errors.js';

const FIRST_DELAY_MS = 100;

/**
 * Runs `attempt` up to `attempts` times while `mayRetry` says that the failure is safe to repeat and the deadline has
 * room for the pause. Each attempt must sign afresh. The last failure is thrown as it came, unless that attempt never
 * left this process (its turn came too late, the breaker opened): then the one before it tells more, and "not sent" would be untrue.
 */
export async function retry<T>(
  attempts: number,
  deadline: Deadline,
  mayRetry: (error: VendorError) => boolean,
  attempt: () => Promise<T>,
): Promise<T> {
  let sent: VendorError | undefined;
  for (let made = 1; ; made += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof VendorError)) throw error;
      if (error.maybeSent) sent = error;
      const told = error.maybeSent ? error : (sent ?? error);
      if (made >= attempts || !mayRetry(error)) throw told;
      // Full jitter, so that the callers of one bad second do not all come back together.
      const delayMs = FIRST_DELAY_MS * 2 ** (made - 1) * (0.5 + Math.random() / 2);
      if (deadline.remainingMs() <= delayMs) throw told;
      await deadline.sleep(delayMs).catch(() => {
        throw told;
      });
    }
  }
}
