/**
 * Says once that nobody waits any more. What an AbortController says, without its events, which cost more than signing a
 * request does.
 */
export class Cancellation {
  private readonly listeners = new Set<() => void>();
  private done = false;

  get cancelled(): boolean {
    return this.done;
  }

  cancel(): void {
    if (this.done) return;
    this.done = true;
    const listeners = [...this.listeners];
    this.listeners.clear();
    for (const listener of listeners) listener();
  }

  /** Calls `listener` once; never where it was cancelled before. */
  onCancel(listener: () => void): void {
    this.listeners.add(listener);
  }

  offCancel(listener: () => void): void {
    this.listeners.delete(listener);
  }
}
