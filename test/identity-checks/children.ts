import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { transformFileSync } from '@swc/core';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * The sources as JavaScript in a folder of their own. A loader that compiles on the fly costs each child two seconds,
 * which a suite that kills two dozen of them cannot afford. Below node_modules, so that bare imports still resolve.
 */
export class Compiled {
  private readonly folder: string;

  constructor() {
    const cache = join(ROOT, 'node_modules', '.cache');
    mkdirSync(cache, { recursive: true });
    this.folder = mkdtempSync(join(cache, 'kaquan-children-'));
    writeFileSync(join(this.folder, 'package.json'), '{"type":"module"}');
    for (const each of ['src', 'test/identity-checks', 'test/scenes'])
      for (const name of readdirSync(join(ROOT, each), { recursive: true, encoding: 'utf8' }))
        if (name.endsWith('.ts') && !name.endsWith('.test.ts')) this.compile(join(each, name));
  }

  /** Runs one of the sources; `input` is the first line on its stdin, as JSON. */
  run(source: string, input: unknown): Child {
    return new Child(join(this.folder, source.replace(/\.ts$/, '.js')), input);
  }

  erase(): void {
    rmSync(this.folder, { recursive: true });
  }

  private compile(source: string): void {
    const target = join(this.folder, source.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, transformFileSync(join(ROOT, source), { cwd: ROOT, sourceMaps: false }).code);
  }
}

/** A process that tells in lines what it does. */
export class Child {
  /** What it printed so far. */
  readonly lines: string[] = [];
  private readonly process: ChildProcess;
  private readonly stdin: Writable;
  private readonly closed: Promise<void>;
  private wake: () => void = () => undefined;
  private over = false;

  constructor(script: string, input: unknown) {
    const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.stdin = child.stdin;
    this.send(JSON.stringify(input));
    createInterface(child.stdout).on('line', (line) => {
      this.lines.push(line);
      this.wake();
    });
    this.process = child;
    this.closed = new Promise((resolve) =>
      child.once('close', () => {
        this.over = true;
        this.wake();
        resolve();
      }),
    );
  }

  /** Resolves with the first line that begins like this; rejects where the process ends without it. */
  async line(beginning: string): Promise<string> {
    for (;;) {
      const found = this.lines.find((line) => line.startsWith(beginning));
      if (found !== undefined) return found;
      if (this.over) throw new Error(`the child ended without "${beginning}", after: ${this.lines.join(', ')}`);
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  send(line: string): void {
    this.stdin.write(`${line}\n`);
  }

  /** SIGKILL: nothing in it runs any more, no handler and no finally. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.closed;
  }

  /** Lets it end by itself. */
  async end(): Promise<void> {
    this.stdin.end();
    await this.closed;
  }
}
