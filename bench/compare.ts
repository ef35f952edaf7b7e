import { setTimeout as sleep } from 'node:timers/promises';
import { type Contender } from './contenders.js';
import { Connection } from './load/connection.js';
import { type Prepared, prepare } from './load/requests.js';
import { type Spread, median, spreadOf } from './load/statistics.js';
import { latencyOf, measure, type Measured, type Places } from './measure.js';
import { type Options } from './options.js';
import { type VendorStub } from './vendors/stub.js';
import { type Workload, WORKLOADS } from './workloads.js';

/** A workload under one load. */
export interface Cell {
  workload: string;
  latencyMs: number;
  connections: number;
  rows: Row[];
}

/** One contender in one cell. */
export interface Row {
  contender: string;
  perSecond: Spread;
  /** Of the hand-written program's in the same round: more is better. Undefined where it did not run. */
  rateRatio: Spread | undefined;
  cpuMs: number | undefined;
  /** Of the hand-written program's: less is better. */
  cpuRatio: Spread | undefined;
  p50Ms: number;
  p99Ms: number;
  vendorRequests: number;
  residentMib: number | undefined;
  answers: number;
  checked: number;
  failures: number;
  firstFailure: string | undefined;
  stubBusy: number | undefined;
  generatorBusy: number;
}

const YARDSTICK = 'hand-written';
/** Long enough for V8 to have compiled what a workload runs. */
const WARM_UP = { connections: 32, seconds: 2 };
/** Under how many connections the other shapes of this server are measured. */
const BESIDE_CONNECTIONS = 32;
/** The last workload only shows whether asking for one person differs from asking for many. */
const ONE_CELL_ONLY = 'same';

/** All cells, each told as soon as it is measured. */
export async function compare(
  contenders: readonly Contender[],
  tokens: readonly string[],
  stub: VendorStub,
  options: Options,
  tell: (cell: Cell) => void,
): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const workload of WORKLOADS.filter(({ name }) => options.workloads.includes(name))) {
    const prepared = new Map(contenders.map((contender) => [contender, prepare(workload, contender, tokens)]));
    const places: Places = new Map();
    await stub.setLatency(0);
    for (const [contender, requests] of prepared) await prove(workload, contender, requests);
    for (const [contender, requests] of prepared) {
      const seconds = options.quick ? options.seconds : WARM_UP.seconds;
      await measure(contender, requests, { ...WARM_UP, seconds }, stub, places);
    }
    for (const { latencyMs, connections } of loadsOf(workload, options)) {
      await stub.setLatency(latencyMs);
      const here = new Map(
        [...prepared].filter(([{ beside }]) => beside !== true || connections === BESIDE_CONNECTIONS),
      );
      const slices = await takeTurns(here, { connections, seconds: options.seconds }, options.rounds, stub, places);
      const cell = { workload: workload.name, latencyMs, connections, rows: rowsOf(slices) };
      cells.push(cell);
      tell(cell);
    }
  }
  return cells;
}

function loadsOf({ name, asksVendors }: Workload, { latenciesMs, connections }: Options) {
  // Where no vendor is asked, its latency changes nothing.
  const latencies = asksVendors ? latenciesMs : latenciesMs.slice(0, 1);
  const loads = latencies.flatMap((latencyMs) => connections.map((count) => ({ latencyMs, connections: count })));
  if (name !== ONE_CELL_ONLY) return loads;
  return loads.filter(
    (load) => load.latencyMs === latenciesMs[0] && load.connections === connections[1 % connections.length],
  );
}

/** One right answer is taken for right, and for wrong where another was asked for: a check that sees nothing ends the run. */
async function prove({ name }: Workload, contender: Contender, { requests, check }: Prepared): Promise<void> {
  const connection = await Connection.open(Number(new URL(contender.url).port));
  try {
    const answer = await connection.ask(requests[0] ?? Buffer.alloc(0));
    const problem = check(answer, 0);
    if (problem !== undefined) throw new Error(`${contender.name}, ${name}: ${problem}`);
    if (requests.length > 1 && check(answer, 1) === undefined) throw new Error(`${name}: its check sees no difference`);
  } finally {
    connection.close();
  }
}

/** Each contender has its turn in each round, and another one begins each round: whatever the machine does hits all. */
async function takeTurns(
  prepared: ReadonlyMap<Contender, Prepared>,
  size: { connections: number; seconds: number },
  rounds: number,
  stub: VendorStub,
  places: Places,
): Promise<Map<string, Measured[]>> {
  const entries = [...prepared];
  const slices = new Map<string, Measured[]>(entries.map(([{ name }]) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    const first = round % entries.length;
    for (const [contender, requests] of [...entries.slice(first), ...entries.slice(0, first)]) {
      slices.get(contender.name)?.push(await measure(contender, requests, size, stub, places));
      // What a server does after its last answer (collecting garbage, closing connections) is not the next one's load.
      await sleep(50);
    }
  }
  return slices;
}

function rowsOf(slices: ReadonlyMap<string, Measured[]>): Row[] {
  const yardstick = slices.get(YARDSTICK);
  return [...slices].map(([contender, own]) => {
    const cpus = own.flatMap(({ cpuMs }) => (cpuMs === undefined ? [] : [cpuMs]));
    const sum = (pick: (slice: Measured) => number) => own.reduce((total, slice) => total + pick(slice), 0);
    return {
      contender,
      perSecond: spreadOf(own.map(({ perSecond }) => perSecond)),
      rateRatio: ratios(own, yardstick, ({ perSecond }) => perSecond),
      cpuMs: cpus.length > 0 ? median(cpus) : undefined,
      cpuRatio: ratios(own, yardstick, ({ cpuMs }) => cpuMs),
      p50Ms: latencyOf(own, 0.5),
      p99Ms: latencyOf(own, 0.99),
      vendorRequests: sum((slice) => slice.vendorRequests * slice.answers) / sum(({ answers }) => answers),
      residentMib: own.at(-1)?.residentMib,
      answers: sum(({ answers }) => answers),
      checked: sum(({ checked }) => checked),
      failures: sum(({ failures }) => failures),
      firstFailure: own.find(({ firstFailure }) => firstFailure !== undefined)?.firstFailure,
      stubBusy: highest(own.map(({ stubBusy }) => stubBusy)),
      generatorBusy: Math.max(...own.map(({ generatorBusy }) => generatorBusy)),
    };
  });
}

/** Round by round, and only then summed up: a slow minute of the machine is in both figures of its round. */
function ratios(
  own: readonly Measured[],
  yardstick: readonly Measured[] | undefined,
  pick: (slice: Measured) => number | undefined,
): Spread | undefined {
  const found = own.flatMap((slice, round) => {
    const [mine, theirs] = [pick(slice), yardstick?.[round] && pick(yardstick[round])];
    return mine === undefined || theirs === undefined ? [] : [mine / theirs];
  });
  return found.length > 0 ? spreadOf(found) : undefined;
}

function highest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? Math.max(...known) : undefined;
}
