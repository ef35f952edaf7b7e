import { type Deadline, DeadlineEnded } from './deadline.js';
import { VendorError } from './errors.js';

const FIRST_DELAY_MS = 100;

/**
 * Lets at most a tenth of a vendor's calls be repetitions, beyond a reserve for quiet hours: a load that fails already
 * is not doubled by retries.
 */
export class RetryBudget {
  private static readonly SHARE = 0.1;
  private static readonly RESERVE = 10;
  private static readonly MOST = 20;
  private left = RetryBudget.RESERVE;

  /** `onAsked` hears of each repetition that was asked for, and whether there was something left for it. */
  constructor(private readonly onAsked: (outcome: 'made' | 'over_budget') => void = () => undefined) {}

  /** To be told of each call that is no repetition. */
  earn(): void {
    this.left = Math.min(RetryBudget.MOST, this.left + RetryBudget.SHARE);
  }

  spend(): boolean {
    const enough = this.left >= 1;
    if (enough) this.left -= 1;
    this.onAsked(enough ? 'made' : 'over_budget');
    return enough;
  }

  /** How many repetitions are left right now. */
  remaining(): number {
    return Math.floor(this.left);
  }
}

/**
 * Runs `attempt` up to `attempts` times while `mayRepeat` says that the failure is safe to repeat, the budget allows it
 * and the deadline has room for the pause. Each attempt must sign afresh. The last failure is thrown as it came, unless
 * that attempt never left this process (its turn came too late, the breaker opened): then the one before it tells more,
 * and "not sent" would be untrue.
 */
export function retry<T>(
  attempts: number,
  deadline: Deadline,
  budget: RetryBudget,
  mayRepeat: (error: VendorError) => boolean,
  attempt: () => Promise<T>,
): Promise<T> {
  budget.earn();
  // Mostly the first succeeds, and leaves nothing behind that could repeat it.
  return attempt().catch((error: unknown) => repeat(error, attempts, deadline, budget, mayRepeat, attempt));
}

async function repeat<T>(
  first: unknown,
  attempts: number,
  deadline: Deadline,
  budget: RetryBudget,
  mayRepeat: (error: VendorError) => boolean,
  attempt: () => Promise<T>,
): Promise<T> {
  let error = first;
  let sent: VendorError | undefined;
  for (let made = 1; ; made += 1) {
    if (!(error instanceof VendorError)) throw error;
    if (error.maybeSent) sent = error;
    const told = error.maybeSent ? error : (sent ?? error);
    if (made >= attempts || !mayRepeat(error)) throw told;
    // Full jitter, so that the callers of one bad second do not all come back together.
    const delayMs = FIRST_DELAY_MS * 2 ** (made - 1) * (0.5 + Math.random() / 2);
    if (deadline.remainingMs() <= delayMs || !budget.spend()) throw told;
    await deadline.sleep(delayMs).catch((reason: unknown) => {
      throw reason instanceof DeadlineEnded ? told : reason;
    });
    try {
      return await attempt();
    } catch (failed) {
      error = failed;
    }
  }
}
