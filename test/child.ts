import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Child {
  /** Lines printed so far. */
  lines: string[];
  kill(): void;
  /** Resolves with what it printed to stderr; rejects if it ended with a failure of its own. */
  ended: Promise<string>;
}

/** Runs a TypeScript file below test/ as a process of its own. */
export function runChild(file: string, args: string[]): Child {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, ['--import', '@swc-node/register/esm-register', path, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  let rest = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    // A line is acknowledged when its newline is out: the kill may cut the last one.
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = new Promise<string>((resolve, reject) => {
    child.on('close', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve(errors);
      else reject(new Error(`${file} ended with ${code ?? signal ?? '?'}: ${errors}`));
    });
  });
  return { lines, ended, kill: () => child.kill('SIGKILL') };
}
