import { type Cell, type Row } from '../compare.js';
import { type Ceiling } from '../vendors/ceiling.js';
import { type Spread } from '../load/statistics.js';

/** A cell as lines for the terminal. */
export function cellLines({ workload, latencyMs, connections, rows }: Cell): string[] {
  const table = [
    ['', 'req/s', 'of hand-written', 'CPU ms', 'of hand-written', 'p50 ms', 'p99 ms', 'vendor', 'RSS MiB', 'errors'],
    ...rows.map((row) => [
      row.contender,
      figure(row.perSecond.median),
      spread(row.rateRatio),
      optional(row.cpuMs, 3),
      spread(row.cpuRatio),
      row.p50Ms.toFixed(1),
      row.p99Ms.toFixed(1),
      row.vendorRequests.toFixed(1),
      optional(row.residentMib, 0),
      `${row.failures}/${row.answers}`,
    ]),
  ];
  return [
    `\n${workload}, vendors at ${latencyMs} ms, ${connections} connections`,
    ...aligned(table),
    ...rows.flatMap((row) => [...warnings(row)]),
  ];
}

/** What the vendor stub could do by itself. */
export function ceilingLines(kind: string, ceilings: readonly Ceiling[]): string[] {
  const table = ceilings.map(({ call, perSecond, perCore }) => [
    call,
    `${figure(perSecond)}/s asked by this generator`,
    perCore === undefined ? '' : `${figure(perCore)}/s on a core of its own`,
  ]);
  return [`\nThe vendor stub (${kind})`, ...aligned(table)];
}

/** What makes a row less than it seems. */
export function* warnings(row: Row): Iterable<string> {
  if (row.firstFailure !== undefined)
    yield `  ${row.contender}: ${row.failures} wrong answers, first: ${row.firstFailure}`;
  if (row.checked === 0) yield `  ${row.contender}: too few answers to check any of them`;
  if (row.generatorBusy > 0.9) yield `  ${row.contender}: the load generator was the bottleneck`;
  if ((row.stubBusy ?? 0) > 0.9) yield `  ${row.contender}: the vendor stub was the bottleneck`;
}

export function spread(value: Spread | undefined): string {
  if (!value) return '–';
  const { median, min, max } = value;
  return `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
}

export function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

export function optional(value: number | undefined, digits: number): string {
  return value === undefined ? '–' : value.toFixed(digits);
}

export function aligned(table: readonly string[][]): string[] {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) =>
    row
      .map((text, column) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join('  '),
  );
}
