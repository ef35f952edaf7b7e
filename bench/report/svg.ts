/** The little of SVG that the charts need. Grey and middling colours read on a light page as well as on a dark one. */

export const GREY = '#808a94';
export const COLOURS = ['#808a94', '#2f81d6', '#2da44e', '#bf7a00', '#d1424f', '#8957e5', '#1b9e9e'];
const FONT = 'system-ui, sans-serif';

export function picture(width: number, height: number, title: string, parts: readonly string[]): string {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`;
  return `${head}\n<title>${escaped(title)}</title>\n${parts.join('\n')}\n</svg>\n`;
}

interface TextOptions {
  size?: number;
  anchor?: 'start' | 'middle' | 'end';
  colour?: string;
  bold?: boolean;
}

export function text(x: number, y: number, content: string, options: TextOptions = {}): string {
  const { size = 12, anchor = 'start', colour = GREY, bold = false } = options;
  const weight = bold ? ' font-weight="600"' : '';
  return `<text x="${at(x)}" y="${at(y)}" font-family="${FONT}" font-size="${size}" text-anchor="${anchor}" fill="${colour}"${weight}>${escaped(content)}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, colour = GREY, width = 1, opacity = 1): string {
  return `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" stroke="${colour}" stroke-width="${width}" stroke-opacity="${opacity}"/>`;
}

export function dot(x: number, y: number, colour: string, radius = 4): string {
  return `<circle cx="${at(x)}" cy="${at(y)}" r="${radius}" fill="${colour}"/>`;
}

export function path(points: readonly (readonly [number, number])[], colour: string): string {
  const steps = points.map(([x, y], number) => `${number === 0 ? 'M' : 'L'}${at(x)} ${at(y)}`).join(' ');
  return `<path d="${steps}" fill="none" stroke="${colour}" stroke-width="2"/>`;
}

/** From values to places, by their logarithm. */
export function logScale(
  [low, high]: readonly [number, number],
  [from, to]: readonly [number, number],
): (value: number) => number {
  const span = Math.log(high / low) || 1;
  return (value) => from + ((to - from) * Math.log(value / low)) / span;
}

/** 1, 2 and 5 times the powers of ten within the range. */
export function logTicks([low, high]: readonly [number, number]): number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
    for (const step of [1, 2, 5]) {
      const tick = step * 10 ** power;
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(Number(tick.toPrecision(1)));
    }
  }
  return ticks;
}

const at = (value: number) => value.toFixed(1);
const escaped = (content: string) => content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
