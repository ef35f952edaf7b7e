import { type Deadline } from './deadline.js';
import { VendorError } from './errors.js';
import { type Permit, type RateLimiter } from './rate-limiter.js';
import { type Semaphore } from './semaphore.js';

/** The last line of defence: a waiting call is about a kilobyte, its request not being built before its turn. */
const MAX_WAITING = 20_000;
/** How much the newest call counts in the average of how long calls take. */
const NEWEST_WEIGHT = 0.1;
const NO_LIMIT: Permit = () => undefined;

interface Waiting {
  since: number;
  start: (permit: Permit) => void;
  fail: (error: VendorError) => void;
  left: boolean;
}

/**
 * The first-come queue before one API: a call leaves it when the vendor has room and the rate limit allows it. It is
 * bounded by time: a call that has to expect a longer wait than its deadline fails at once with `throttled`, so that it
 * does not take the place of one that can.
 */
export class Queue {
  private waiting: Waiting[] = [];
  private head = 0;
  private length = 0;
  private timer: NodeJS.Timeout | undefined;
  private advancing = false;
  private averageMs = 0;
  private underWay = 0;

  constructor(
    private readonly vendor: string,
    private readonly key: string,
    private readonly maxPerSecond: number,
    private readonly rateLimiter: RateLimiter,
    private readonly semaphore: Semaphore,
  ) {}

  state(): { queued: number; oldestWaitMs: number; underWay: number } {
    const oldest = this.waiting.find(({ left }, place) => place >= this.head && !left);
    const oldestWaitMs = oldest ? performance.now() - oldest.since : 0;
    return { queued: this.length, oldestWaitMs, underWay: this.underWay };
  }

  /** Takes a place where nothing has to be waited for; it is given back by `leave`. */
  enter(deadline: Deadline): boolean {
    if (this.length > 0 || this.maxPerSecond > 0 || !this.semaphore.hasRoom() || deadline.remainingMs() === 0)
      return false;
    this.semaphore.acquire();
    this.underWay += 1;
    return true;
  }

  /** Gives the permit, and a place, when the turn has come. @throws VendorError of kind `throttled` where it does not come in time */
  wait(deadline: Deadline): Promise<Permit> {
    return this.enter(deadline) ? Promise.resolve(NO_LIMIT) : this.turn(deadline);
  }

  /** `tookMs`: how long the call took, where there was one. */
  leave(tookMs?: number): void {
    if (tookMs !== undefined) this.averageMs += (tookMs - this.averageMs) * NEWEST_WEIGHT;
    this.underWay -= 1;
    this.semaphore.release();
  }

  /** Fails all who wait: where it is known that none of their calls could be made. */
  clear(error: VendorError): void {
    const waiting = this.waiting;
    this.waiting = [];
    this.head = 0;
    this.length = 0;
    for (const one of waiting) if (!one.left) one.fail(error);
  }

  private turn(deadline: Deadline): Promise<Permit> {
    const waitMs = this.expectedWaitMs(this.length);
    if (this.length >= MAX_WAITING || waitMs >= deadline.remainingMs()) return Promise.reject(this.full(waitMs));
    return new Promise((resolve, reject) => {
      const leave = () => {
        waiting.left = true;
        this.length -= 1;
        reject(this.full(this.expectedWaitMs(this.length)));
        this.advance();
      };
      const waiting: Waiting = {
        since: performance.now(),
        left: false,
        start: (permit) => {
          deadline.offEnd(leave);
          resolve(permit);
        },
        fail: (error) => {
          deadline.offEnd(leave);
          reject(error);
        },
      };
      deadline.onEnd(leave);
      this.waiting.push(waiting);
      this.length += 1;
      this.advance();
    });
  }

  private readonly advance = (): void => {
    void this.startAllThatMay();
  };

  private async startAllThatMay(): Promise<void> {
    // One walker at a time: the limiter may be asked over a network, and the head of the queue must not start twice.
    if (this.advancing) return;
    this.advancing = true;
    try {
      clearTimeout(this.timer);
      this.semaphore.offRoom(this.advance);
      while (this.length > 0) {
        if (!this.semaphore.hasRoom()) {
          this.semaphore.onRoom(this.advance);
          return;
        }
        this.semaphore.acquire();
        let told: Permit | number;
        try {
          const asked = this.permitOfNext();
          // Without a pause where none is needed: a call that the limiter has counted must not be counted as queued as well.
          told = asked instanceof Promise ? await asked : asked;
        } catch (cause) {
          // Nobody awaits this walker: a limiter that throws would end the process and keep the place for ever.
          this.semaphore.release();
          this.shift()?.fail(this.limitUnknown(cause));
          continue;
        }
        if (typeof told === 'number') {
          this.semaphore.release();
          this.timer = setTimeout(this.advance, told);
          return;
        }
        const next = this.shift();
        if (!next) {
          told();
          this.semaphore.release();
          return;
        }
        this.underWay += 1;
        next.start(told);
      }
    } finally {
      this.advancing = false;
    }
  }

  private shift(): Waiting | undefined {
    for (;;) {
      const next = this.waiting[this.head];
      if (!next) {
        this.waiting = [];
        this.head = 0;
        return undefined;
      }
      this.head += 1;
      if (next.left) continue;
      this.length -= 1;
      // Array.shift() moves everything behind it: in a long queue that would be all the work.
      if (this.head > 1_000) {
        this.waiting = this.waiting.slice(this.head);
        this.head = 0;
      }
      return next;
    }
  }

  private permitOfNext(): ReturnType<RateLimiter['tryAcquire']> {
    return this.maxPerSecond === 0 ? NO_LIMIT : this.rateLimiter.tryAcquire(this.key, this.maxPerSecond);
  }

  /** By the rate limit, and by how long calls take of late where all places are taken. */
  private expectedWaitMs(ahead: number): number {
    const byPlaces = this.semaphore.hasRoom() ? 0 : (this.averageMs * ahead) / this.semaphore.max;
    if (this.maxPerSecond === 0) return byPlaces;
    return Math.max(byPlaces, this.rateLimiter.expectedWaitMs(this.key, this.maxPerSecond, ahead));
  }

  private limitUnknown(cause: unknown): VendorError {
    return new VendorError({
      vendor: this.vendor,
      kind: 'unavailable',
      message: `${this.vendor} was not asked: whether its rate limit allows it could not be told`,
      maybeSent: false,
      cause,
    });
  }

  private full(waitMs: number): VendorError {
    return new VendorError({
      vendor: this.vendor,
      kind: 'throttled',
      message: `${this.vendor} is asked as often as it allows; the call could not start in time`,
      retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
      maybeSent: false,
    });
  }
}
