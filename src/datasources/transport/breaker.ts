import { type Deadline } from './deadline.js';
import { VendorError } from './errors.js';
import { type BreakerState } from './telemetry.js';

const FAILURES_TO_OPEN = 10;
const OPEN_MS = 5_000;

/**
 * Stops asking a vendor that answers nobody: after ten failures in a row (no answer, connection failed, 5xx) calls fail
 * at once for five seconds, then one is let through to see. Whatever the vendor itself says, be it a refusal, a limit or
 * a fault of its own with a code, shows that it is up. Nor does it count where the caller left: ten closed browsers are
 * no outage.
 *
 * Ours rather than a library's, which runs the whole call inside its own: here it is asked before
 * a call queues, and again when it leaves, so that an open breaker spends neither a place nor a share of the rate limit.
 */
export class Breaker {
  private failures = 0;
  private openUntilMs = 0;
  private probing = false;

  /** `onOpen` hears of each opening, with the error that everybody is told meanwhile. */
  constructor(
    private readonly vendor: string,
    private readonly onOpen: (error: VendorError) => void,
  ) {}

  state(): BreakerState {
    if (this.failures < FAILURES_TO_OPEN) return 'closed';
    return performance.now() < this.openUntilMs ? 'open' : 'half-open';
  }

  /** The refusal of a call that may not go now, or undefined. */
  refusal(): VendorError | undefined {
    const state = this.state();
    return state === 'open' || (state === 'half-open' && this.probing) ? this.error() : undefined;
  }

  /** To be called when a call leaves; while the breaker is half open it is the one that is let through to see. */
  sending(): void {
    this.probing = this.state() === 'half-open';
  }

  /** To be called once for each call that left, with its failure where it has one. */
  answered(error: VendorError | undefined, deadline: Deadline): void {
    this.probing = false;
    const silent = error?.kind === 'timeout' || (error?.kind === 'unavailable' && error.vendorCode === undefined);
    if (!silent) {
      this.failures = 0;
    } else if (!deadline.callerLeft() && this.state() !== 'open') {
      this.failures += 1;
      if (this.failures < FAILURES_TO_OPEN) return;
      this.openUntilMs = performance.now() + OPEN_MS;
      this.onOpen(this.error());
    }
  }

  private error(): VendorError {
    return new VendorError({
      vendor: this.vendor,
      kind: 'unavailable',
      message: `${this.vendor} is not asked for a moment: it failed ${FAILURES_TO_OPEN} times in a row`,
      retryAfterSeconds: OPEN_MS / 1000,
      maybeSent: false,
    });
  }
}
