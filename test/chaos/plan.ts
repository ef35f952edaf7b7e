import { Random } from './random.js';

export const FAULTS = [
  'kill server',
  'crash postgres',
  'restart postgres',
  'kill redis',
  'hang redis',
  'rush',
] as const;
export type Fault = (typeof FAULTS)[number];

interface Step {
  atMs: number;
  forMs: number;
}
export type SceneStep = Step & { vendor: string; scene: string };
export type FaultStep = Step & { fault: Fault };

export interface Plan {
  scenes: SceneStep[];
  /** None begins before the one before it is over. */
  faults: FaultStep[];
}

/** Between a vendor's scenes there is time for its breaker to close, so that calm is seen as well. */
const CALM_MS: [number, number] = [12_000, 20_000];
const SCENE_MS: [number, number] = [2_000, 6_000];
const FAULT_EVERY_MS: [number, number] = [8_000, 14_000];
const FAULT_MS: [number, number] = [1_000, 4_000];

/** What goes wrong when: the same for the same seed. Each vendor has every scene once before it has one again; faults too. */
export function plan(
  seed: number,
  lengthMs: number,
  scenes: Readonly<Record<string, readonly string[]>>,
  faults: readonly Fault[],
): Plan {
  const rows = Object.entries(scenes).flatMap(([vendor, names], row) => {
    const random = new Random(seed, row);
    const steps: SceneStep[] = [];
    const scene = inTurn(random, names);
    for (let atMs = random.between(0, CALM_MS[0]); ; atMs += random.between(...CALM_MS)) {
      const forMs = random.between(...SCENE_MS);
      if (atMs + forMs > lengthMs) return steps;
      steps.push({ atMs, forMs, vendor, scene: scene() });
      atMs += forMs;
    }
  });
  const random = new Random(seed, 100);
  const fault = inTurn(random, faults);
  const others: FaultStep[] = [];
  for (let atMs = random.between(2_000, 6_000); ; atMs += random.between(...FAULT_EVERY_MS)) {
    const forMs = random.between(...FAULT_MS);
    if (atMs + forMs > lengthMs) break;
    others.push({ atMs, forMs, fault: fault() });
    atMs += forMs;
  }
  return { scenes: rows.sort((a, b) => a.atMs - b.atMs), faults: others };
}

/** Each of them once, in a random order, and then anew. */
function inTurn<T>(random: Random, all: readonly T[]): () => T {
  let left: T[] = [];
  return () => {
    if (left.length === 0) left = random.shuffled(all);
    const [next, ...others] = left;
    if (next === undefined) throw new Error('there is nothing to choose from');
    left = others;
    return next;
  };
}
