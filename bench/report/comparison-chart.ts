import { type Cell } from '../compare.js';
import { busyCell } from './comparison.js';
import { COLOURS, dot, GREY, line, logScale, logTicks, picture, text } from './svg.js';

const WIDTH = 820;
const LEFT = 110;
const RIGHT = 30;
const TOP = 64;
const STEP = 13;
const GAP = 18;

/** The CPU of a request as a multiple of the hand-written program's, with the lowest and highest of the rounds. */
export function comparisonChart(cells: readonly Cell[], contenders: readonly string[]): string {
  const busy = [...new Set(cells.map(({ workload }) => workload))].flatMap((name) => busyCell(cells, name) ?? []);
  const ratios = busy.flatMap(({ rows }) => rows.flatMap(({ cpuRatio }) => (cpuRatio ? [cpuRatio] : [])));
  const range = [0.5, Math.max(10, ...ratios.map(({ max }) => max)) * 1.1] as const;
  const x = logScale(range, [LEFT, WIDTH - RIGHT]);
  const colourOf = (name: string) => COLOURS[contenders.indexOf(name) % COLOURS.length] ?? GREY;

  const parts = [
    text(LEFT, 20, 'CPU of a request, as a multiple of the hand-written program’s: less is better', { bold: true }),
  ];
  contenders.forEach((name, number) => {
    const place = 20 + number * ((WIDTH - 20) / contenders.length);
    parts.push(dot(place, 38, colourOf(name)), text(place + 8, 42, name, { size: 10 }));
  });
  let y = TOP;
  const marks: string[] = [];
  for (const { workload, rows } of busy) {
    marks.push(text(LEFT - 12, y + (rows.length * STEP) / 2, workload, { anchor: 'end', bold: true }));
    for (const { contender, cpuRatio } of rows) {
      if (cpuRatio) {
        const colour = colourOf(contender);
        marks.push(line(x(cpuRatio.min), y, x(cpuRatio.max), y, colour, 2, 0.6), dot(x(cpuRatio.median), y, colour));
      }
      y += STEP;
    }
    y += GAP;
  }
  for (const tick of logTicks(range)) {
    parts.push(line(x(tick), TOP - 10, x(tick), y - GAP, GREY, 1, tick === 1 ? 0.9 : 0.25));
    parts.push(text(x(tick), y, `${tick}×`, { size: 10, anchor: 'middle' }));
  }
  return picture(WIDTH, y + 12, 'CPU of a request, by workload and contender', [...parts, ...marks]);
}
