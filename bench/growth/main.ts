import { parseArgs } from 'node:util';
import { prepare } from '../load/requests.js';
import { median } from '../load/statistics.js';
import { latencyOf, measure, type Measured, type Places } from '../measure.js';
import { growthChart } from '../report/growth-chart.js';
import { writePicture, writeSection } from '../report/document.js';
import { growthSection, type Point, type Series, seriesLines } from '../report/growth.js';
import { print, withSetting } from '../run.js';
import { type Workload, WORKLOADS } from '../workloads.js';
import { type Engine, openEngines } from './engines.js';
import { turnover } from './turnover.js';
import {
  BROAD,
  CARD_COUNTS,
  cardsOf,
  COLLECTORS,
  CONNECTION_COUNTS,
  FOUND,
  ONE_PERSON,
  PAGE,
  PEOPLE_COUNTS,
  vouchersOf,
} from './series.js';

const USAGE = `npm run bench:growth -- [options]
  --people N     how far the directory grows, from 1,000 on (100000)
  --seconds N    of each slice (1)
  --rounds N     how often the engines take turns (3)
  --write        writes its part of docs/performance.md, and docs/performance-growth.svg
  --node-stub    the vendors in Node, also where there is a C compiler`;

/** Enough to keep one process busy. */
const CONNECTIONS = 8;
/** What the comparison's workloads need of a directory. */
const BASE_PEOPLE = 1_000;

const { values } = parseArgs({
  options: {
    people: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
    write: { type: 'boolean', default: false },
    'node-stub': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) print(USAGE);
else await withSetting({ nodeStub: values['node-stub'] }, growth);

async function growth(...[setting, stub]: Parameters<Parameters<typeof withSetting>[1]>): Promise<void> {
  const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
  const engines = await openEngines(setting);
  const series: Series[] = [];

  /** One point on each engine, in turns; the first slice of each only warms up. */
  const measurePoint = async (x: number, workload: Workload, on: readonly Engine[], connections = CONNECTIONS) => {
    const slices = new Map<string, Measured[]>(on.map(({ name }) => [name, []]));
    const places: Places = new Map();
    const prepared = on.map((engine) => prepare(workload, engine, setting.secrets.tokens));
    for (let round = 0; round <= rounds; round += 1) {
      for (const [number, engine] of on.entries()) {
        const requests = prepared[number];
        if (!requests) continue;
        const slice = await measure(engine, requests, { connections, seconds }, stub, places);
        if (round > 0) slices.get(engine.name)?.push(slice);
      }
    }
    return on.map(({ name }) => toPoint(x, name, slices.get(name) ?? []));
  };
  const add = (title: string, unit: string, points: Point[]) => {
    series.push({ title, unit, points });
    print(...seriesLines({ title, unit, points }));
  };
  const over = async (values_: readonly number[], point: (x: number) => Promise<Point[]>) => {
    const points: Point[] = [];
    for (const x of values_) points.push(...(await point(x)));
    return points;
  };

  try {
    for (const engine of engines) await engine.grow(Math.max(BASE_PEOPLE, COLLECTORS.length));
    await stub.setLatency(0);
    const people = await over(PEOPLE_COUNTS, (x) => measurePoint(x, vouchersOf(x), engines));
    add('vouchers of so many people in one query', 'people', people);
    add('gift cards of one person', 'cards', await over(CARD_COUNTS, (x) => measurePoint(x, cardsOf(x), engines)));

    await stub.setLatency(20);
    const wallet = walletBehindCollectors();
    const connected = await over(CONNECTION_COUNTS, (x) => measurePoint(x, wallet, engines, x));
    add('wallets over so many connections, vendors at 20 ms', 'connections', connected);
    await stub.setLatency(0);
    const processes: Point[] = [];
    for (const engine of engines) {
      processes.push(...(await measurePoint(1, wallet, [engine], 32)));
      const two = await engine.withSecond();
      try {
        processes.push(...(await measurePoint(2, wallet, [two], 32)));
      } finally {
        await two.close();
      }
    }
    add('wallets by one process and by two, 32 connections', 'processes', processes);

    const asked: readonly [string, Workload][] = [ONE_PERSON, PAGE, FOUND, BROAD].map((one) => [one.name, one]);
    const registered: Point[] = [];
    const forgotten: Point[] = [];
    const byDirectory = new Map<string, Point[]>(asked.map(([name]) => [name, []]));
    for (let size = BASE_PEOPLE; size <= Number(values.people); size *= 10) {
      const began = performance.now();
      for (const engine of engines) await engine.grow(size);
      print(`${size} people, after ${Math.round((performance.now() - began) / 1000)} s`);
      for (const [name, workload] of asked)
        byDirectory.get(name)?.push(...(await measurePoint(size, workload, engines)));
      for (const engine of engines) {
        const [come, gone] = await turnover(size, engine, setting.secrets.writerToken);
        registered.push(come);
        forgotten.push(gone);
      }
    }
    for (const [name, points] of byDirectory) add(`${name}, of a directory of so many`, 'people', points);
    add('registering a person, alone, beside so many', 'people', registered);
    add('forgetting a person, alone, beside so many', 'people', forgotten);
    if (values.write) {
      writePicture('performance-growth.svg', growthChart(series));
      writeSection('growth', growthSection(series, { seconds, rounds }));
    }
  } finally {
    for (const engine of engines) await engine.close();
  }
}

/** The comparison's wallet, asked of those who have its number of cards. */
function walletBehindCollectors(): Workload {
  const wallet = WORKLOADS.find(({ name }) => name === 'wallet');
  if (!wallet) throw new Error('there is no wallet');
  return { ...wallet, question: (people, number) => wallet.question(people.slice(COLLECTORS.length), number) };
}

function toPoint(x: number, engine: string, slices: readonly Measured[]): Point {
  const cpus = slices.flatMap(({ cpuMs }) => (cpuMs === undefined ? [] : [cpuMs]));
  return {
    x,
    engine,
    cpuMs: cpus.length > 0 ? median(cpus) : undefined,
    perSecond: median(slices.map(({ perSecond }) => perSecond)),
    p50Ms: latencyOf(slices, 0.5),
    p99Ms: latencyOf(slices, 0.99),
    failures: slices.reduce((sum, { failures }) => sum + failures, 0),
    firstFailure: slices.find(({ firstFailure }) => firstFailure !== undefined)?.firstFailure,
  };
}
