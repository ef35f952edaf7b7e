import { RATE_WINDOW_MS } from './rate-limiter.js';

/** Redis answers in a millisecond; one that does not must not hold up the vendors' calls. */
export const REPLY_MS = 100;
/** How long a process counts as alive after it last announced itself. */
export const ANNOUNCED_MS = 5_000;

/**
 * Whether this process keeps the vendors' limits together with others, and what it may do while it cannot tell what they
 * do. Nothing here asks anybody.
 *
 *   joined   all of the limit, counted at Redis
 *   alone    nothing for one window, since any of the others may have used it up; then its share, counted here
 *   joining  its share, counted in both places, until the others have had the time to come back as well: a Redis that
 *            restarted knows nothing of what they do alone
 */
export class Membership {
  private joined = false;
  private everAlone = false;
  private seen = 0;
  private pausedUntilMs = 0;
  private sharesUntilMs = Infinity;

  /** @param configured how many processes there are at the least */
  constructor(private readonly configured: number) {}

  isJoined(): boolean {
    return this.joined;
  }

  wasAlone(): boolean {
    return this.everAlone;
  }

  /** How many processes divide the limits. */
  processes(): number {
    return Math.max(1, this.configured, this.seen);
  }

  /** What of a limit this process may use by its own count. */
  shareOf(maxPerSecond: number): number {
    return performance.now() < this.sharesUntilMs ? maxPerSecond / this.processes() : maxPerSecond;
  }

  /** How long no call may start at all. */
  pauseMs(): number {
    return Math.max(0, this.pausedUntilMs - performance.now());
  }

  leave(): void {
    this.joined = false;
    this.everAlone = true;
    // Who was let start by Redis's last answer did so within the time that anybody waits for it.
    this.pausedUntilMs = performance.now() + RATE_WINDOW_MS + REPLY_MS;
    this.sharesUntilMs = Infinity;
  }

  /** @param announced how many processes Redis knows of, this one included */
  join(announced: number): void {
    // A newcomer that finds everybody there has nobody to wait for.
    const complete = !this.everAlone && announced >= this.configured;
    this.joined = true;
    this.sharesUntilMs = performance.now() + (complete ? 0 : ANNOUNCED_MS);
    this.count(announced);
  }

  /** What Redis says of the others while this process is joined; for a while after a restart it knows too few. */
  count(announced: number): void {
    if (announced > this.seen || performance.now() >= this.sharesUntilMs) this.seen = announced;
  }
}
