import { type Deadline } from './deadline.js';
import { VendorError } from './errors.js';

const FIRST_DELAY_MS = 100;

/**
 * Runs `attempt` up to `attempts` times while `mayRetry` says that the failure is safe to repeat and the deadline has
 * room for the pause. Each attempt must sign afresh. The last failure is thrown as it came.
 */
export async function retry<T>(
  attempts: number,
  deadline: Deadline,
  mayRetry: (error: VendorError) => boolean,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let made = 1; ; made += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof VendorError) || made >= attempts || !mayRetry(error)) throw error;
      // Full jitter, so that the callers of one bad second do not all come back together.
      const delayMs = FIRST_DELAY_MS * 2 ** (made - 1) * (0.5 + Math.random() / 2);
      if (deadline.remainingMs() <= delayMs) throw error;
      await deadline.sleep(delayMs).catch(() => {
        throw error;
      });
    }
  }
}
