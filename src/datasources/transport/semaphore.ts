/** Calls in flight to one vendor, over all of its APIs. */
export class Semaphore {
  private taken = 0;
  private readonly waiting = new Set<() => void>();

  constructor(readonly max: number) {}

  hasRoom(): boolean {
    return this.taken < this.max;
  }

  inFlight(): number {
    return this.taken;
  }

  acquire(): void {
    this.taken += 1;
  }

  release(): void {
    this.taken -= 1;
    if (this.waiting.size > 0) for (const wake of [...this.waiting]) wake();
  }

  /** `wake` is called each time a place becomes free, until it is taken back. */
  onRoom(wake: () => void): void {
    this.waiting.add(wake);
  }

  offRoom(wake: () => void): void {
    this.waiting.delete(wake);
  }
}
