import { type Cell, type Row } from '../compare.js';
import { type Spread } from '../load/statistics.js';
import { machineFacts } from '../machine.js';
import { type Options } from '../options.js';
import { type Ceiling } from '../vendors/ceiling.js';
import { WORKLOADS } from '../workloads.js';
import { table } from './document.js';
import { figure, optional, spread, warnings } from './terminal.js';

interface Comparison {
  options: Options;
  contenders: readonly { name: string; about: string }[];
  stubKind: string;
  ceilings: readonly Ceiling[];
  cells: readonly Cell[];
}

/** Under this many connections CPU is compared: enough to keep a process busy, few enough not to queue. */
const BUSY_CONNECTIONS = 32;

/** The section of docs/performance.md that compares. */
export function comparisonSection(comparison: Comparison): string[] {
  const { options, contenders, cells } = comparison;
  const measured = WORKLOADS.filter(({ name }) => cells.some(({ workload }) => workload === name));
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)}, ${options.rounds} rounds of slices of ${options.seconds} s:`,
    '',
    ...machineFacts().map((fact) => `- ${fact}`),
    '',
    '![CPU of a request, by workload](performance.svg)',
    '',
    ...table([['contender', 'what it is'], ...contenders.map(({ name, about }) => [name, about])]),
    '',
    ...table([['workload', 'what is asked'], ...measured.map(({ name, about }) => [name, about])]),
    '',
    '### CPU of a request',
    '',
    `In milliseconds, with its ratio to the hand-written program (the median of the rounds), at ${BUSY_CONNECTIONS} connections. ⚠ marks`,
    'figures that some wrong answers stand behind: they are listed at the end.',
    '',
    ...cpuTable(comparison),
    '',
    '### Requests a second',
    '',
    'The ratio to the hand-written program in the same round: median (lowest–highest).',
    ...measured.flatMap(({ name, about }) => ['', `**${name}**: ${about}`, '', ...rateTable(comparison, name)]),
    '',
    '### Time of an answer',
    '',
    'With one connection, where nothing queues: p50 / p99 in milliseconds.',
    '',
    ...latencyTable(comparison),
    '',
    '### Vendor requests of a request, and memory',
    '',
    ...vendorTable(comparison),
    '',
    '### What went wrong, and what bounds these figures',
    '',
    ...failureLines(cells),
    ...stubLines(comparison),
  ];
}

function rowOf(cells: readonly Cell[], contender: string, pick: (cell: Cell) => boolean): Row | undefined {
  return cells.find(pick)?.rows.find((row) => row.contender === contender);
}

const workloadsOf = (cells: readonly Cell[]) => [...new Set(cells.map(({ workload }) => workload))];

/** The cell by which CPU is compared: busy, the vendors as fast as they can be. */
export function busyCell(cells: readonly Cell[], workload: string): Cell | undefined {
  const own = cells.filter((cell) => cell.workload === workload);
  return own.find(({ connections }) => connections === BUSY_CONNECTIONS) ?? own[0];
}

function cpuTable({ contenders, cells }: Comparison): string[] {
  const workloads = workloadsOf(cells);
  return table([
    ['', ...workloads],
    ...contenders.map(({ name }) => [
      name,
      ...workloads.map((workload) => {
        const row = busyCell(cells, workload)?.rows.find(({ contender }) => contender === name);
        if (!row) return '–';
        return `${optional(row.cpuMs, 3)} · ${row.cpuRatio?.median.toFixed(2) ?? '–'}${row.failures > 0 ? ' ⚠' : ''}`;
      }),
    ]),
  ]);
}

function rateTable({ contenders, cells }: Comparison, workload: string): string[] {
  const own = cells.filter((cell) => cell.workload === workload);
  return table([
    ['', ...own.map(({ latencyMs, connections }) => `${latencyMs} ms, ${connections} conn.`)],
    ...contenders.map(({ name }) => [
      name,
      ...own.map((cell) => {
        const row = cell.rows.find(({ contender }) => contender === name);
        return row ? rateOf(row.perSecond, row.rateRatio, row.failures) : '–';
      }),
    ]),
  ]);
}

function rateOf(perSecond: Spread, ratio: Spread | undefined, failures: number): string {
  return `${figure(perSecond.median)} · ${spread(ratio)}${failures > 0 ? ' ⚠' : ''}`;
}

function latencyTable({ contenders, cells }: Comparison): string[] {
  const single = cells.filter(({ connections }) => connections === 1);
  return table([
    ['', ...single.map(({ workload, latencyMs }) => `${workload}, ${latencyMs} ms`)],
    ...contenders
      .filter(({ name }) => single.some(({ rows }) => rows.some(({ contender }) => contender === name)))
      .map(({ name }) => [
        name,
        ...single.map(({ rows }) => {
          const row = rows.find(({ contender }) => contender === name);
          return row ? `${row.p50Ms.toFixed(1)} / ${row.p99Ms.toFixed(1)}` : '–';
        }),
      ]),
  ]);
}

function vendorTable({ contenders, cells }: Comparison): string[] {
  const asking = workloadsOf(cells).filter((name) => WORKLOADS.find((one) => one.name === name)?.asksVendors);
  return table([
    ['', ...asking, 'RSS, MiB at most'],
    ...contenders.map(({ name }) => [
      name,
      ...asking.map((workload) => {
        const row = rowOf(cells, name, (cell) => cell === busyCell(cells, workload));
        return row ? row.vendorRequests.toFixed(1) : '–';
      }),
      optional(highestRss(cells, name), 0),
    ]),
  ]);
}

function highestRss(cells: readonly Cell[], contender: string): number | undefined {
  const known = cells
    .flatMap(({ rows }) => rows)
    .filter((row) => row.contender === contender)
    .flatMap(({ residentMib }) => (residentMib === undefined ? [] : [residentMib]));
  return known.length > 0 ? Math.max(...known) : undefined;
}

function failureLines(cells: readonly Cell[]): string[] {
  const rows = cells.flatMap((cell) => cell.rows.map((row) => ({ cell, row })));
  const checked = rows.reduce((sum, { row }) => sum + row.checked, 0);
  const answers = rows.reduce((sum, { row }) => sum + row.answers, 0);
  const problems = rows.flatMap(({ cell: { workload, latencyMs, connections }, row }) =>
    [...warnings(row)].map((text) => `- ${workload}, ${latencyMs} ms, ${connections} connections: ${text.trim()}`),
  );
  return [
    `- ${answers} answers were looked at for their status and for errors, ${checked} of them compared value by value.`,
    ...(problems.length > 0 ? problems : ['- No answer was wrong.']),
  ];
}

function stubLines({ stubKind, ceilings, cells }: Comparison): string[] {
  const busiest = Math.max(0, ...cells.flatMap(({ rows }) => rows.map(({ stubBusy }) => stubBusy ?? 0)));
  return [
    `- The vendor stub (${stubKind}) by itself: ${ceilings
      .map(({ call, perSecond, perCore }) => {
        const core = perCore === undefined ? '' : `, ${figure(perCore)} by its CPU time`;
        return `${call} ${figure(perSecond)}/s as asked here${core}`;
      })
      .join('; ')}. At most ${(busiest * 100).toFixed(0)} % of a core was used by it while servers were measured.`,
  ];
}
