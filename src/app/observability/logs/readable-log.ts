import { pino } from 'pino';

const DIM = '\u001b[2m';
const PLAIN = '\u001b[0m';
const COLOURS: Readonly<Record<string, string>> = { warn: '\u001b[33m', error: '\u001b[31m', fatal: '\u001b[31m' };

/** What every line has, and nobody at a terminal needs. */
const UNTOLD = new Set(['level', 'time', 'pid', 'hostname', 'msg']);

/** A line of the log for somebody who sits before it; the same members, in the same order, as in the JSON. */
export function readableLine(json: string): string {
  const line = JSON.parse(json) as Record<string, unknown>;
  const level = pino.levels.labels[Number(line['level'])] ?? '';
  const time = new Date(Number(line['time'])).toTimeString().slice(0, 8);
  const members = Object.entries(line).flatMap(([name, value]) =>
    UNTOLD.has(name) ? [] : [`${DIM}${name}=${PLAIN}${typeof value === 'string' ? value : JSON.stringify(value)}`],
  );
  return `${DIM}${time}${PLAIN} ${COLOURS[level] ?? ''}${level} ${String(line['msg'])}${PLAIN} ${members.join(' ')}\n`;
}
