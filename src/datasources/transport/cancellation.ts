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
    // One of them may take back another, which then must not be called.
    for (const listener of this.listeners) {
      this.listeners.delete(listener);
      listener();
    }
  }

  /** Calls `listener` once; never where it was cancelled before. */
  onCancel(listener: () => void): void {
    this.listeners.add(listener);
  }

  offCancel(listener: () => void): void {
    this.listeners.delete(listener);
  }
}
