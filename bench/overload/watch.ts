import { residentMib } from '../cpu.js';

interface Seen {
  asked: number;
  answered: number;
  latenciesMs: number[];
  /** Second by second. */
  residentMib: number[];
}

const EVERY_MS = 1_000;
const PATIENCE_MS = 5_000;

/** Asks once a second what an orchestrator asks, and looks at the memory of the processes. */
export function watch(urls: readonly string[], pids: readonly number[]): { end: () => Promise<Seen> } {
  const seen: Seen = { asked: 0, answered: 0, latenciesMs: [], residentMib: [] };
  const asking = new Set<Promise<void>>();
  const ask = async (url: string) => {
    seen.asked += 1;
    const started = performance.now();
    const answered = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) }).then(
      async (response) => (await response.text()).length > 0 && response.ok,
      () => false,
    );
    seen.latenciesMs.push(performance.now() - started);
    if (answered) seen.answered += 1;
  };
  const timer = setInterval(() => {
    const mib = residentMib(pids);
    if (mib !== undefined) seen.residentMib.push(mib);
    for (const url of urls) {
      const one: Promise<void> = ask(url).then(() => void asking.delete(one));
      asking.add(one);
    }
  }, EVERY_MS);
  return {
    end: async () => {
      clearInterval(timer);
      await Promise.all(asking);
      return seen;
    },
  };
}
