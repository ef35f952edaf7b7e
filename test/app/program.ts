import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';

const children: ChildProcess[] = [];

/** Whatever was started and has not ended. */
export function killAll(): void {
  for (const child of children.splice(0)) child.kill('SIGKILL');
}

/** A program in a folder of its own, with nothing of this process's environment but PATH. */
export function run(program: string, args: string[], cwd: string, environment: Record<string, string> = {}) {
  mkdirSync(cwd, { recursive: true });
  const child = spawn(program, args, {
    cwd,
    env: { PATH: process.env['PATH'], PORT: '0', METRICS_PORT: '0', ...environment },
  });
  children.push(child);
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
  const ended = new Promise<typeof said & { code: number | null }>((done) =>
    child.on('close', (code) => done({ ...said, code })),
  );
  /** Waits until it printed that, and gives what the group matched. */
  const printed = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = pattern.exec(said.out)?.[1];
      if (found !== undefined) return found;
      const end = await Promise.race([ended, new Promise<undefined>((next) => setTimeout(next, 20))]);
      if (end) throw new Error(`ended with ${end.code}: ${end.err}`);
    }
  };
  return { said, ended, printed };
}
