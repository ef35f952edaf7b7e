import { Cancellation } from './cancellation.js';
import { Deadline } from './deadline.js';
import { VendorError } from './errors.js';
import { type CallObserver, type VendorCall } from './vendor-call.js';

/**
 * Those who wait for one call together, each with a deadline of their own: whose time is up, or who leaves, gets their
 * error and disturbs nobody. The last of them is told what becomes of the call, which ends with them.
 */
export class Audience implements CallObserver {
  private readonly departure = new Cancellation();
  /** Of the call: over when the last one's time is up, which says something about the vendor, or when all have left. */
  readonly deadline = Deadline.after(0, this.departure, this);
  private readonly observers = new Set<CallObserver>();
  private waiting = 0;

  constructor(private readonly vendor: string) {}

  vendorCall(call: VendorCall): void {
    for (const observer of this.observers) observer.vendorCall(call);
  }

  join<T>(deadline: Deadline, answer: Promise<T>): Promise<T> {
    this.waiting += 1;
    this.deadline.outlast(deadline);
    if (deadline.observer) this.observers.add(deadline.observer);
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.waiting -= 1;
        if (this.waiting === 0) {
          if (this.deadline.remainingMs() > 0) this.departure.cancel();
          return;
        }
        reject(
          new VendorError({ vendor: this.vendor, kind: 'timeout', message: `${this.vendor} did not answer in time` }),
        );
      };
      deadline.onEnd(leave);
      answer.then(
        (value) => {
          deadline.offEnd(leave);
          resolve(value);
        },
        (error: unknown) => {
          deadline.offEnd(leave);
          reject(error instanceof Error ? error : new Error('a shared call failed', { cause: error }));
        },
      );
    });
  }
}

interface Shared<T> {
  audience: Audience;
  answer: Promise<T>;
  startedAt: number;
}

/**
 * Reads that several requests ask for at the same time, made once. Each caller must be allowed to have the answer by
 * itself: nothing is shared here but the wait.
 */
export class SharedReads<T> {
  private readonly underWay = new Map<string, Shared<T>>();

  /**
   * @param joinMs how old a call may be to be joined: whoever joins puts off its end
   * @param onJoin hears of each question that is answered by another's call
   */
  constructor(
    private readonly vendor: string,
    private readonly joinMs: number,
    private readonly onJoin?: () => void,
  ) {}

  /** `start` makes the call, under the deadline that it is given. */
  load(key: string, deadline: Deadline, start: (shared: Deadline) => Promise<T>): Promise<T> {
    let shared = this.underWay.get(key);
    const now = performance.now();
    if (!shared || now - shared.startedAt > this.joinMs || shared.audience.deadline.remainingMs() === 0) {
      const audience = new Audience(this.vendor);
      audience.deadline.outlast(deadline);
      const answer = start(audience.deadline);
      shared = { audience, answer, startedAt: now };
      this.underWay.set(key, shared);
      const own = shared;
      const forget = () => {
        if (this.underWay.get(key) === own) this.underWay.delete(key);
      };
      answer.then(forget, forget);
    } else {
      this.onJoin?.();
    }
    return shared.audience.join(deadline, shared.answer);
  }
}
