import { cpuMs } from '../cpu.js';
import { quantile } from '../load/statistics.js';
import { inventPerson, registerPeople } from '../people.js';
import { type Point } from '../report/growth.js';
import { type Engine } from './engines.js';

/** Behind everybody whom a directory grows by. */
const FIRST_NUMBER = 50_000_000;
const MOST = 40;
/** Not begun after it: forgetting takes SQLite seconds where there are very many people. */
const MS = 4_000;
const FORGET = 'mutation ($id: ID!) { forgetPerson(id: $id) }';

interface Timed {
  ms: number[];
  cpuMs: number;
}

/** People who come and go again, one after the other. */
export async function turnover(
  x: number,
  engine: Engine,
  token: string,
): Promise<[registered: Point, forgotten: Point]> {
  const registered: Timed = { ms: [], cpuMs: 0 };
  const forgotten: Timed = { ms: [], cpuMs: 0 };
  const timed = async <T>(into: Timed, work: () => Promise<T>): Promise<T> => {
    const [cpu, began] = [cpuMs(engine.pids) ?? NaN, performance.now()];
    const done = await work();
    into.ms.push(performance.now() - began);
    into.cpuMs += (cpuMs(engine.pids) ?? NaN) - cpu;
    return done;
  };
  const ends = performance.now() + MS;
  for (let n = 0; n < MOST && performance.now() < ends; n += 1) {
    const person = inventPerson(FIRST_NUMBER + n, 1);
    const [{ id } = { id: '' }] = await timed(registered, () => registerPeople(engine.url, token, [person]));
    await timed(forgotten, () => forget(engine.url, token, id));
  }
  return [pointOf(x, engine.name, registered), pointOf(x, engine.name, forgotten)];
}

async function forget(url: string, token: string, id: string): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: FORGET, variables: { id } }),
  });
  const { data } = (await response.json()) as { data?: { forgetPerson?: boolean } };
  if (data?.forgetPerson !== true) throw new Error('A person could not be forgotten');
}

function pointOf(x: number, engine: string, { ms, cpuMs: cpu }: Timed): Point {
  const allMs = ms.reduce((sum, one) => sum + one, 0);
  return {
    x,
    engine,
    cpuMs: Number.isNaN(cpu) ? undefined : cpu / ms.length,
    perSecond: (ms.length * 1000) / allMs,
    p50Ms: quantile(ms, 0.5),
    p99Ms: quantile(ms, 0.99),
    failures: 0,
    firstFailure: undefined,
  };
}
