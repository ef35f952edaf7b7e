interface Due {
  atMs: number;
  /** Of those due at the same moment the one that was planned first comes first. */
  order: number;
  run: () => void;
}

/** Time that passes only from one thing that happens to the next: a day takes as long as what happens in it. */
export class VirtualClock {
  nowMs = 0;
  private readonly heap: Due[] = [];
  private planned = 0;

  at(atMs: number, run: () => void): void {
    const due = { atMs, order: (this.planned += 1), run };
    const { heap } = this;
    let place = heap.push(due) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(due, heap[parent])) break;
      heap[place] = heap[parent] as Due;
      place = parent;
    }
    heap[place] = due;
  }

  /** Until nothing is due any more. */
  run(): void {
    for (let due = this.next(); due; due = this.next()) {
      this.nowMs = due.atMs;
      due.run();
    }
  }

  private next(): Due | undefined {
    const { heap } = this;
    const [first] = heap;
    const last = heap.pop();
    if (!first || !last || first === last) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (isBefore(heap[child + 1], heap[child])) child += 1;
      const below = heap[child];
      if (!below || !isBefore(below, last)) break;
      heap[place] = below;
      place = child;
    }
    heap[place] = last;
    return first;
  }
}

function isBefore(one: Due | undefined, other: Due | undefined): boolean {
  if (!one || !other) return false;
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
