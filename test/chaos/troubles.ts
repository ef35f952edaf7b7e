/** Something that is wrong, or whose aftermath is still felt, in milliseconds since the epoch. */
interface Trouble {
  name: string;
  from: number;
  to: number;
}

/** What was wrong when: whatever a client is told has to follow from it. */
export class Troubles {
  readonly all: Trouble[] = [];
  /** Notices at once what a timer would only notice after whoever asks. */
  look: () => void = () => undefined;

  /** Gives what ends it; its aftermath takes `tailMs` more. */
  begin(name: string, tailMs: number): () => void {
    const trouble = { name, from: Date.now(), to: Infinity };
    this.all.push(trouble);
    return () => {
      trouble.to = Date.now() + tailMs;
    };
  }

  /** Something that is known only when it is over. */
  past(name: string, from: number, tailMs: number): void {
    this.all.push({ name, from, to: Date.now() + tailMs });
  }

  /** The names of what was wrong at some moment of that time. */
  between(from: number, to: number): string[] {
    this.look();
    return this.all.filter((one) => one.from <= to && one.to >= from).map(({ name }) => name);
  }
}

/** The machine has no time, or somebody stopped a process: whatever is late then is not the server's fault. */
export const STANDSTILL = 'standstill';
const TICK_MS = 50;
const STILL_MS = 300;
const STANDSTILL_TAIL_MS = 8_000;

/** Notices when this process did not run, or others may not; gives what ends that. */
export function watchMachine(troubles: Troubles, areStopped: () => boolean): () => void {
  let tickedAt = Date.now();
  const noticeIf = (isStill: boolean) => {
    if (isStill || Date.now() - tickedAt > STILL_MS) troubles.past(STANDSTILL, tickedAt, STANDSTILL_TAIL_MS);
    tickedAt = Date.now();
  };
  const timer = setInterval(() => noticeIf(areStopped()), TICK_MS);
  // After a standstill answers are read before timers run.
  troubles.look = () => noticeIf(false);
  return () => clearInterval(timer);
}

/** What must never be, with how often it was and the first few that were. */
export class Violations {
  readonly counts: Record<string, number> = {};
  readonly first: string[] = [];
  private static readonly EACH = 5;

  add(kind: string, what: string): void {
    const count = (this.counts[kind] = (this.counts[kind] ?? 0) + 1);
    if (count <= Violations.EACH) this.first.push(`${new Date().toISOString()} ${kind}: ${what}`);
  }
}
