import { type Deadline } from '../transport/deadline.js';
import { campusError } from './errors.js';

/**
 * The vendor's "This ban will last for N more seconds". It is remembered for this app and API as a whole, since TOP counts
 * by app and API and not by the person asked about; a call made during a ban fails for certain, and may prolong it.
 */
export class Ban {
  private endsAtMs = 0;

  start(seconds: number): void {
    this.endsAtMs = Math.max(this.endsAtMs, performance.now() + seconds * 1000);
  }

  leftMs(): number {
    return Math.max(0, this.endsAtMs - performance.now());
  }

  /** Whether the ban is on, and over early enough for a call within the deadline. */
  endsBefore(deadline: Deadline): boolean {
    const leftMs = this.leftMs();
    return leftMs > 0 && leftMs < deadline.remainingMs();
  }

  /** Throws `throttled` with the seconds left while the ban lasts. */
  check(): void {
    const leftMs = this.leftMs();
    if (leftMs > 0) {
      throw campusError('throttled', 'is not asked while its ban lasts', {
        retryAfterSeconds: Math.ceil(leftMs / 1000),
        maybeSent: false,
      });
    }
  }

  /** Waits for the end of a ban that the deadline outlasts; throws `throttled` at once for a longer one. */
  async pass(deadline: Deadline): Promise<void> {
    while (this.endsBefore(deadline)) {
      try {
        await deadline.sleep(Math.ceil(this.leftMs()));
      } catch {
        break;
      }
    }
    this.check();
  }
}
