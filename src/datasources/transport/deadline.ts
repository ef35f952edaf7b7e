import { setMaxListeners } from 'node:events';

/**
 * How long one piece of work may take, queueing and retries included: everything below a loader asks the same
 * Deadline, so that a slow vendor costs a field at most its `<VENDOR>_TIMEOUT_MS`.
 */
export class Deadline {
  private readonly expiresAtMs: number;
  /** Aborts when the time is up or when the caller goes away, whichever is first. */
  readonly signal: AbortSignal;

  private constructor(
    timeoutMs: number,
    private readonly caller: AbortSignal | undefined,
  ) {
    this.expiresAtMs = performance.now() + timeoutMs;
    // Not AbortSignal.timeout(): AbortSignal.any() holds its sources weakly, and on Node 20 a garbage collection then
    // takes the timer with it, so that a vendor that hangs is waited for without end. A timer of our own holds on.
    const time = new AbortController();
    setTimeout(
      () => time.abort(new DOMException('The time was up', 'TimeoutError')),
      Math.max(0, Math.ceil(timeoutMs)),
    ).unref();
    this.signal = caller ? AbortSignal.any([time.signal, caller]) : time.signal;
    // One deadline may bound a chunk of many calls; Node 20 warns of a leak at the eleventh listener.
    setMaxListeners(0, this.signal);
  }

  static after(timeoutMs: number, caller?: AbortSignal): Deadline {
    return new Deadline(timeoutMs, caller);
  }

  /** Milliseconds left, never negative. */
  remainingMs(): number {
    return this.signal.aborted ? 0 : Math.max(0, this.expiresAtMs - performance.now());
  }

  /** True where the work ended because nobody waits for it any more, which says nothing about the vendor. */
  callerLeft(): boolean {
    return this.caller?.aborted ?? false;
  }

  /** Waits; rejects with the signal's reason if the deadline comes first. */
  async sleep(ms: number): Promise<void> {
    this.signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        reject(this.signal.reason as Error);
      };
      const timer = setTimeout(() => {
        this.signal.removeEventListener('abort', stop);
        resolve();
      }, ms);
      this.signal.addEventListener('abort', stop, { once: true });
    });
  }
}
