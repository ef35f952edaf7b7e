import { type Cancellation } from './cancellation.js';
import { type CallObserver } from './vendor-call.js';

/** What begins within it begins together: too short to be missed by anybody who waits for seconds. */
const SAME_MOMENT_MS = 5;

/**
 * How long one piece of work may take, queueing and retries included: everything below a loader looks at the same
 * Deadline, so that a slow vendor costs a field at most its `<VENDOR>_TIMEOUT_MS`.
 *
 * It calls its listeners itself rather than through an AbortSignal of its own: joining signals costs more than sending a
 * small request does, and on Node 20 AbortSignal.any() loses its timer to a garbage collection.
 */
export class Deadline {
  private expiresAtMs: number;
  private readonly listeners = new Set<() => void>();
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    timeoutMs: number,
    private readonly caller: Cancellation | undefined,
    /** Hears of each call that is made under this deadline. */
    readonly observer: CallObserver | undefined,
  ) {
    this.expiresAtMs = performance.now() + timeoutMs;
  }

  /** `caller` is cancelled when nobody waits for the work any more. */
  static after(timeoutMs: number, caller?: Cancellation, observer?: CallObserver): Deadline {
    return new Deadline(timeoutMs, caller, observer);
  }

  /** Gives a deadline to each load of a request: the same one to those that begin at the same moment. */
  static source(timeoutMs: number, caller?: Cancellation, observer?: CallObserver): () => Deadline {
    let latest: Deadline | undefined;
    return () => {
      if (!latest || latest.expiresAtMs - performance.now() < timeoutMs - SAME_MOMENT_MS)
        latest = new Deadline(timeoutMs, caller, observer);
      return latest;
    };
  }

  /** Milliseconds left, never negative. By the clock: in a process that was suspended a timer fires late. */
  remainingMs(): number {
    return this.callerLeft() ? 0 : Math.max(0, this.expiresAtMs - performance.now());
  }

  /** Its first part, which leaves `ms` of it for the rest. */
  allBut(ms: number): Deadline {
    return new Deadline(this.remainingMs() - ms, this.caller, this.observer);
  }

  /** Puts it off until the other's time is up, where that is later. */
  outlast(other: Deadline): void {
    this.expiresAtMs = Math.max(this.expiresAtMs, other.expiresAtMs);
  }

  /** True where the work ended because nobody waits for it any more, which says nothing about the vendor. */
  callerLeft(): boolean {
    return this.caller?.cancelled ?? false;
  }

  /** Calls `listener` once, when the time is up or the caller leaves; never where that was before. */
  onEnd(listener: () => void): void {
    if (this.listeners.size === 0) {
      // Nothing ticks while nobody listens, so a deadline that is done needs no clearing.
      this.tick();
      this.caller?.onCancel(this.end);
    }
    this.listeners.add(listener);
  }

  offEnd(listener: () => void): void {
    if (this.listeners.delete(listener) && this.listeners.size === 0) this.rest();
  }

  /** Waits; rejects if the deadline comes first. */
  async sleep(ms: number): Promise<void> {
    if (this.remainingMs() === 0) throw new DeadlineEnded();
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        reject(new DeadlineEnded());
      };
      const timer = setTimeout(() => {
        this.offEnd(stop);
        resolve();
      }, ms);
      this.onEnd(stop);
    });
  }

  private tick(): void {
    this.timer = setTimeout(this.look, Math.ceil(this.remainingMs()));
    this.timer.unref();
  }

  private readonly look = (): void => {
    // It may have been put off meanwhile.
    if (this.remainingMs() > 0) this.tick();
    else this.end();
  };

  private readonly end = (): void => {
    this.rest();
    // One of them may take back another, which then must not be called.
    for (const listener of this.listeners) {
      this.listeners.delete(listener);
      listener();
    }
  };

  private rest(): void {
    clearTimeout(this.timer);
    this.caller?.offCancel(this.end);
  }
}

/** The deadline came before what was waited for. */
export class DeadlineEnded extends Error {
  override readonly name = 'DeadlineEnded';

  constructor() {
    super('the time was up, or the caller left');
  }
}
