import { type Deadline, DeadlineEnded } from './deadline.js';
import { VendorError } from './errors.js';

/** Vendors tell whole seconds. */
const SAME_HOLD_MS = 1_000;

/**
 * The time for which a vendor told us to stay away, e.g. TOP's "This ban will last for N more seconds". It holds for the
 * whole API, whoever is asked about: a call made meanwhile fails for certain, and may prolong it.
 */
export class Hold {
  private endsAtMs = 0;

  /** @param tellOthers for processes beside this one */
  constructor(
    private readonly vendor: string,
    private readonly tellOthers?: (ms: number) => void,
  ) {}

  /** As the vendor told this process. */
  start(seconds: number): void {
    const ms = seconds * 1000;
    // All replies of a batch say it, and so do calls that were under way: the others need to hear it once.
    if (ms - this.leftMs() >= SAME_HOLD_MS) this.tellOthers?.(ms);
    this.extend(ms);
  }

  /** As another process was told. */
  extend(ms: number): void {
    this.endsAtMs = Math.max(this.endsAtMs, performance.now() + ms);
  }

  isOn(): boolean {
    return this.endsAtMs > 0 && this.leftMs() > 0;
  }

  leftMs(): number {
    return Math.max(0, this.endsAtMs - performance.now());
  }

  /** Whether it lasts still, and ends early enough for a call within the deadline. */
  endsBefore(deadline: Deadline): boolean {
    const leftMs = this.leftMs();
    return leftMs > 0 && leftMs < deadline.remainingMs();
  }

  /** `throttled`, with the seconds left, while it lasts. */
  refusal(): VendorError | undefined {
    const leftMs = this.leftMs();
    if (leftMs === 0) return undefined;
    return new VendorError({
      vendor: this.vendor,
      kind: 'throttled',
      message: `${this.vendor} told us to stay away for a while, and is not asked until then`,
      retryAfterSeconds: Math.ceil(leftMs / 1000),
      maybeSent: false,
    });
  }

  /** Waits for the end where the deadline outlasts it; the refusal for one that it does not. */
  async pass(deadline: Deadline): Promise<VendorError | undefined> {
    while (this.endsBefore(deadline)) {
      try {
        await deadline.sleep(Math.ceil(this.leftMs()));
      } catch (error) {
        if (error instanceof DeadlineEnded) break;
        throw error;
      }
    }
    return this.refusal();
  }
}
