import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { LineWriter } from '../../../../src/app/observability/logs/line-writer.js';

let folder: string;
let reader: number;
let writer: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kaquan-lines-'));
  const pipe = join(folder, 'pipe');
  expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
  reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  writer = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
});
afterEach(() => {
  closeSync(writer);
  rmSync(folder, { recursive: true });
});

const lineOf = (at: number) => `${JSON.stringify({ at, text: 'x'.repeat(at % 700) })}\n`;

/** What is in the pipe right now. */
function read(): string {
  const bytes = Buffer.alloc(65_536);
  try {
    return bytes.toString('utf8', 0, readSync(reader, bytes));
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('EAGAIN');
    return '';
  }
}

it('keeps all lines whole and in their order for a reader that is behind', async () => {
  const lines = new LineWriter(writer);
  for (let at = 0; at < 2_000; at += 1) lines.write(lineOf(at));
  const state = { done: false };
  void lines.flush().then(() => (state.done = true));
  // Some hundred KB do not fit: the writer has to wait until somebody reads.
  await new Promise((next) => setTimeout(next, 60));
  expect(state.done).toBe(false);
  let text = '';
  while (!state.done) {
    text += read();
    await new Promise((next) => setTimeout(next, 5));
  }
  text += read();
  expect(text).toBe(Array.from({ length: 2_000 }, (_, at) => lineOf(at)).join(''));
  closeSync(reader);
});

it('writes what is not a whole piece yet within a quarter of a second, or at once at the end of the process', async () => {
  const lines = new LineWriter(writer);
  lines.write('one\n');
  expect(read()).toBe('');
  await new Promise((next) => setTimeout(next, 300));
  expect(read()).toBe('one\n');
  lines.write('two\n');
  lines.flushNow();
  expect(read()).toBe('two\n');
  closeSync(reader);
});

it('goes on without a reader, and holds no more than 16 MB for one that does not read', async () => {
  const lines = new LineWriter(writer);
  const line = lineOf(699);
  const before = process.memoryUsage().heapUsed;
  for (let at = 0; at < 100_000; at += 1) lines.write(line);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(60 * 1024 * 1024);
  closeSync(reader);
  await lines.flush();
});
