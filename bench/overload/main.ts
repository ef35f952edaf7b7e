import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openPostgres } from '../beside.js';
import { kaquanOn, serverSettings, startServer } from '../contenders.js';
import { residentMib } from '../cpu.js';
import { flood } from '../load/flood.js';
import { prepare } from '../load/requests.js';
import { quantile } from '../load/statistics.js';
import { measure, type Places } from '../measure.js';
import { print, withSetting } from '../run.js';
import { WORKLOADS } from '../workloads.js';
import { watch } from './watch.js';

const USAGE = `npm run bench:overload -- [options]
  --seconds N       of the flood (60)
  --factor N        of the capacity that is measured first (10)
  --workload NAME   of ${WORKLOADS.map(({ name }) => name).join(', ')} (wallet)
  --latency N       of the vendors, in ms (0)
  --connections N   (5000)
  --postgres        on PostgreSQL (BENCH_POSTGRES_URL) instead of SQLite
  --node-stub       the vendors in Node, also where there is a C compiler`;

/** Keeps one process busy without making anybody wait. */
const CALM_CONNECTIONS = 64;
const CALM_SECONDS = 5;
/** What must hold, and ends the command with a failure where it does not. */
const LEAST_GOODPUT = 0.8;
const RECOVERY_SECONDS = 5;
const RECOVERED = 0.9;
const RSS_GROWTH = 1.15;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    factor: { type: 'string', default: '10' },
    workload: { type: 'string', default: 'wallet' },
    latency: { type: 'string', default: '0' },
    connections: { type: 'string', default: '5000' },
    postgres: { type: 'boolean', default: false },
    'node-stub': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) print(USAGE);
else await withSetting({ nodeStub: values['node-stub'] }, overload);

async function overload(...[setting, stub]: Parameters<Parameters<typeof withSetting>[1]>): Promise<void> {
  const workload = WORKLOADS.find(({ name }) => name === values.workload);
  if (!workload) throw new Error(`There is no workload ${values.workload}\n${USAGE}`);
  const postgres = values.postgres ? await openPostgres() : undefined;
  if (values.postgres && !postgres) throw new Error('PostgreSQL does not answer (BENCH_POSTGRES_URL)');
  const settings = await serverSettings(setting, postgres?.url ?? `file:${join(setting.folder, 'overload.db')}`);
  const program = await startServer(setting, 'overload', settings);
  const probes = [
    ...['/healthz', '/readyz'].map((path) => new URL(path, program.url).href),
    `http://127.0.0.1:${settings['METRICS_PORT'] ?? ''}/metrics`,
  ];
  try {
    const server = await kaquanOn(setting, program, 'Kaquan');
    const prepared = prepare(workload, server, setting.secrets.tokens);
    const places: Places = new Map();
    await stub.setLatency(Number(values.latency));
    const calm = (seconds: number) =>
      measure(server, prepared, { connections: CALM_CONNECTIONS, seconds }, stub, places);
    await calm(2);
    const { perSecond: capacity } = await calm(CALM_SECONDS);
    print(`capacity: ${capacity.toFixed(0)} a second (${CALM_CONNECTIONS} connections, closed loop)`);

    const seconds = Number(values.seconds);
    const watched = watch(probes, server.pids);
    const done = await flood({
      ...prepared,
      port: Number(new URL(server.url).port),
      perSecond: capacity * Number(values.factor),
      seconds,
      connections: Number(values.connections),
      checkEvery: 16,
    });
    const seen = await watched.end();
    const goodput = done.right / done.seconds / capacity;
    const ms = (some: readonly number[]) =>
      `p50 ${quantile(some, 0.5).toFixed(0)}, p99 ${quantile(some, 0.99).toFixed(0)} ms`;
    print(
      `flood: ${((done.right + done.refused + done.failures) / done.seconds).toFixed(0)} a second sent for ${done.seconds.toFixed(0)} s, ${done.unsent} not sent for want of a connection`,
      `answered: ${(done.right / done.seconds).toFixed(0)} a second, ${(goodput * 100).toFixed(0)} % of the capacity; ${ms(done.latenciesMs)}`,
      `refused: ${(done.refused / done.seconds).toFixed(0)} a second; ${ms(done.refusalsMs)}`,
      `failed: ${done.failures} ${done.firstFailure ?? ''}`,
      `health, readiness, metrics: ${seen.answered} of ${seen.asked} answered; ${ms(seen.latenciesMs)}`,
      `resident: ${seen.residentMib.map((each) => each.toFixed(0)).join(' ')} MiB`,
    );
    const recovery: number[] = [];
    for (let second = 0; second < RECOVERY_SECONDS; second += 1) recovery.push((await calm(1)).perSecond);
    print(
      `afterwards, second by second: ${recovery.map((each) => each.toFixed(0)).join(' ')} a second; ${residentMib(server.pids)?.toFixed(0) ?? '?'} MiB`,
    );
    // The first quarter is the way to the level.
    const level = seen.residentMib.slice(Math.ceil(seen.residentMib.length / 4));
    const half = Math.ceil(level.length / 2);
    const problems = [
      goodput < LEAST_GOODPUT && `less than ${LEAST_GOODPUT * 100} % of the capacity was answered`,
      done.failures > 0 && 'some answers were wrong or missing',
      seen.answered < seen.asked && 'health, readiness or metrics did not answer',
      Math.max(...level.slice(half)) > Math.max(...level.slice(0, half)) * RSS_GROWTH && 'memory went on growing',
      Math.max(...recovery) < capacity * RECOVERED && 'the old speed did not come back in time',
    ].filter((problem) => problem !== false);
    for (const problem of problems) print(`WRONG: ${problem}`);
    if (problems.length > 0) process.exitCode = 1;
  } finally {
    await program.close();
    await postgres?.drop();
  }
}
