import { type Deadline } from './deadline.js';
import { VendorError } from './errors.js';
import { type Pace } from './rate-limiter.js';

const MAX_QUEUE = 1_000;

/** Calls in flight to one vendor, over all of its APIs. */
export class Concurrency {
  private running = 0;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly max: number) {}

  hasRoom(): boolean {
    return this.running < this.max;
  }

  enter(): void {
    this.running += 1;
  }

  leave(): void {
    this.running -= 1;
    for (const wake of [...this.waiting]) wake();
  }

  onRoom(wake: () => void): void {
    this.waiting.add(wake);
  }

  stopWaiting(wake: () => void): void {
    this.waiting.delete(wake);
  }
}

interface Waiting {
  start: () => void;
  fail: (error: VendorError) => void;
}

/**
 * The bounded first-come queue before one API: a call leaves it when the vendor has room and the pace allows it. A call
 * that cannot leave before its deadline fails at once with `throttled`, so that it does not take the place of one that can.
 */
export class Gate {
  private readonly queue: Waiting[] = [];
  private timer: NodeJS.Timeout | undefined;
  private asking = false;

  constructor(
    private readonly vendor: string,
    private readonly key: string,
    private readonly maxPerSecond: number,
    private readonly pace: Pace,
    private readonly concurrency: Concurrency,
  ) {}

  /** `call` runs when its turn comes: whatever must be fresh (timestamp, nonce, signature) is made inside it. */
  async run<T>(deadline: Deadline, call: () => Promise<T>): Promise<T> {
    await this.turn(deadline);
    try {
      return await call();
    } finally {
      this.concurrency.leave();
    }
  }

  private turn(deadline: Deadline): Promise<void> {
    const waitMs = this.expectedWaitMs(this.queue.length);
    if (this.queue.length >= MAX_QUEUE || waitMs >= deadline.remainingMs()) return Promise.reject(this.full(waitMs));
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.queue.splice(this.queue.indexOf(waiting), 1);
        reject(this.full(this.expectedWaitMs(this.queue.length)));
        this.advance();
      };
      const waiting: Waiting = {
        start: () => {
          deadline.signal.removeEventListener('abort', leave);
          resolve();
        },
        fail: (error) => {
          deadline.signal.removeEventListener('abort', leave);
          reject(error);
        },
      };
      deadline.signal.addEventListener('abort', leave, { once: true });
      this.queue.push(waiting);
      this.advance();
    });
  }

  private readonly advance = (): void => {
    void this.startAllThatMay();
  };

  private async startAllThatMay(): Promise<void> {
    // One walker at a time: the pace may be asked over a network, and the head of the queue must not start twice.
    if (this.asking) return;
    this.asking = true;
    try {
      clearTimeout(this.timer);
      this.concurrency.stopWaiting(this.advance);
      while (this.queue.length > 0) {
        if (!this.concurrency.hasRoom()) {
          this.concurrency.onRoom(this.advance);
          return;
        }
        this.concurrency.enter();
        let waitMs: number;
        try {
          const told = this.waitBeforeNext();
          // Without a pause where none is needed: a call that the pace has counted must not be counted as queued as well.
          waitMs = typeof told === 'number' ? told : await told;
        } catch (cause) {
          // Nobody awaits this walker: a pace that throws would end the process and keep the slot for ever.
          this.concurrency.leave();
          this.queue.shift()?.fail(this.paceUnknown(cause));
          continue;
        }
        const next = waitMs > 0 ? undefined : this.queue.shift();
        if (!next) {
          this.concurrency.leave();
          if (waitMs > 0) this.timer = setTimeout(this.advance, waitMs);
          return;
        }
        next.start();
      }
    } finally {
      this.asking = false;
    }
  }

  private waitBeforeNext(): number | Promise<number> {
    return this.maxPerSecond === 0 ? 0 : this.pace.tryStart(this.key, this.maxPerSecond);
  }

  private expectedWaitMs(ahead: number): number {
    return this.maxPerSecond === 0 ? 0 : this.pace.expectedWaitMs(this.key, this.maxPerSecond, ahead);
  }

  private paceUnknown(cause: unknown): VendorError {
    return new VendorError({
      vendor: this.vendor,
      kind: 'unavailable',
      message: `${this.vendor} was not asked: its pace could not be told`,
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
