import { machineFacts } from '../machine.js';
import { table } from './document.js';
import { aligned, figure, optional } from './terminal.js';

/** How one thing costs as something grows. */
export interface Series {
  title: string;
  /** What is counted along the axis. */
  unit: string;
  points: Point[];
}

export interface Point {
  x: number;
  engine: string;
  /** Of one request. */
  cpuMs: number | undefined;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  failures: number;
  firstFailure: string | undefined;
}

export function seriesLines({ title, unit, points }: Series): string[] {
  return [`\n${title}`, ...aligned(rowsOf(unit, points)), ...failuresOf(points).map((text) => `  ${text}`)];
}

/** The section of docs/performance.md about growth. */
export function growthSection(series: readonly Series[], size: { seconds: number; rounds: number }): string[] {
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)}, the median of ${size.rounds} slices of ${size.seconds} s, 8 connections where`,
    'nothing else is said:',
    '',
    ...machineFacts()
      .slice(0, 2)
      .map((fact) => `- ${fact}`),
    '',
    '![CPU of a request as things grow](performance-growth.svg)',
    ...series.flatMap(({ title, unit, points }) => [
      '',
      `**${title}**`,
      '',
      ...table(rowsOf(unit, points)),
      ...failuresOf(points).flatMap((text) => ['', text]),
    ]),
  ];
}

function rowsOf(unit: string, points: readonly Point[]): string[][] {
  const engines = [...new Set(points.map(({ engine }) => engine))];
  const columns = ['CPU ms', 'req/s', 'p50 / p99 ms'];
  return [
    [unit, ...engines.flatMap((engine) => columns.map((column) => `${engine}: ${column}`))],
    ...[...new Set(points.map(({ x }) => x))].map((x) => [
      String(x),
      ...engines.flatMap((engine) => {
        const point = points.find((one) => one.x === x && one.engine === engine);
        if (!point) return columns.map(() => '–');
        const times = `${point.p50Ms.toFixed(1)} / ${point.p99Ms.toFixed(1)}`;
        return [optional(point.cpuMs, 3), figure(point.perSecond), times];
      }),
    ]),
  ];
}

function failuresOf(points: readonly Point[]): string[] {
  return points.flatMap(({ x, engine, failures, firstFailure }) =>
    failures > 0 ? [`${engine} at ${x}: ${failures} wrong answers, first: ${firstFailure ?? ''}`] : [],
  );
}
