const MINUTE_MS = 60_000;

/** One answer with thousands of odd cards must not write as many lines. */
export class OncePerMinute {
  private readonly kinds = new Map<string, { toldAtMs: number; untold: number }>();

  constructor(private readonly nowMs: () => number) {}

  /** How often the kind came since it was last told, where it is to be told now; 0 where not. */
  count(kind: string): number {
    const now = this.nowMs();
    const seen = this.kinds.get(kind) ?? { toldAtMs: -Infinity, untold: 0 };
    const untold = seen.untold + 1;
    const due = now - seen.toldAtMs >= MINUTE_MS;
    this.kinds.set(kind, due ? { toldAtMs: now, untold: 0 } : { ...seen, untold });
    return due ? untold : 0;
  }
}
