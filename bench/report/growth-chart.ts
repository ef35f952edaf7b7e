import { type Point, type Series } from './growth.js';
import { COLOURS, dot, GREY, line, logScale, logTicks, path, picture, text } from './svg.js';

const COLUMNS = 3;
const PANEL = { width: 290, height: 220 };
const ROOM = { left: 46, right: 16, top: 40, bottom: 30 };

/** One small chart for each series: the CPU of a request, both axes by their logarithm. */
export function growthChart(series: readonly Series[]): string {
  const engines = [...new Set(series.flatMap(({ points }) => points.map(({ engine }) => engine)))];
  const colourOf = (engine: string) => COLOURS[1 + engines.indexOf(engine)] ?? GREY;
  const parts = [text(10, 20, 'CPU of a request in milliseconds', { bold: true })];
  engines.forEach((engine, number) => {
    parts.push(dot(260 + number * 90, 16, colourOf(engine)), text(270 + number * 90, 20, engine));
  });
  // One and two processes are no curve.
  const curves = series.filter(({ unit, points }) => unit !== 'processes' && points.some(hasCpu));
  curves.forEach((one, number) => {
    const left = (number % COLUMNS) * PANEL.width;
    const top = 30 + Math.floor(number / COLUMNS) * PANEL.height;
    parts.push(...panel(one, left, top, colourOf));
  });
  const height = 40 + Math.ceil(curves.length / COLUMNS) * PANEL.height;
  return picture(COLUMNS * PANEL.width, height, 'CPU of a request as things grow', parts);
}

const hasCpu = (point: Point): point is Point & { cpuMs: number } => point.cpuMs !== undefined;

function panel({ title, unit, points }: Series, left: number, top: number, colourOf: (engine: string) => string) {
  const known = points.filter(hasCpu);
  const xs = known.map(({ x }) => x);
  const costs = known.map(({ cpuMs }) => cpuMs);
  const xRange = [Math.min(...xs), Math.max(...xs)] as const;
  const yRange = [Math.min(...costs) / 1.5, Math.max(...costs) * 1.5] as const;
  const [x0, x1] = [left + ROOM.left, left + PANEL.width - ROOM.right];
  const [y0, y1] = [top + PANEL.height - ROOM.bottom, top + ROOM.top];
  const [x, y] = [logScale(xRange, [x0, x1]), logScale(yRange, [y0, y1])];
  const parts = [text(x0 - 20, top + 24, title.split(',')[0] ?? title, { size: 11, bold: true })];
  for (const tick of logTicks(yRange)) {
    parts.push(line(x0, y(tick), x1, y(tick), GREY, 1, 0.25));
    parts.push(text(x0 - 6, y(tick) + 3, String(tick), { size: 9, anchor: 'end' }));
  }
  for (const place of new Set(xs))
    parts.push(text(x(place), y0 + 14, place.toLocaleString('en'), { size: 9, anchor: 'middle' }));
  parts.push(text(x1, y0 + 26, unit, { size: 9, anchor: 'end' }));
  for (const engine of new Set(known.map((point) => point.engine))) {
    const own = known.filter((point) => point.engine === engine);
    const places = own.map((point) => [x(point.x), y(point.cpuMs)] as const);
    parts.push(path(places, colourOf(engine)), ...places.map(([px, py]) => dot(px, py, colourOf(engine), 3)));
  }
  return parts;
}
