import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { COMPILED_SERVER } from '../../../compile-server.js';

export interface LoggingServer {
  url: string;
  /** What of the log is written by now, line by line. */
  lines(): Record<string, unknown>[];
  /** The whole output, as it was written. */
  output(): string;
  /** Waits for the line of a request. */
  lineOf(requestId: string): Promise<Record<string, unknown>>;
  /** Ends it as an operator would, and gives its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** The server in a process of its own, its output a pipe, as a container has it. */
export async function startLogging(environment: Record<string, string | undefined>): Promise<LoggingServer> {
  const child: ChildProcess = spawn(process.execPath, ['--no-warnings', resolve(COMPILED_SERVER)], {
    env: { PATH: process.env['PATH'], ...environment, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((done) => child.once('close', done));
  const until = async <T>(look: () => T | undefined): Promise<T> => {
    for (let waited = 0; waited < 15_000; waited += 20) {
      const found = look();
      if (found !== undefined) return found;
      await new Promise((next) => setTimeout(next, 20));
    }
    child.kill('SIGKILL');
    throw new Error(`the server did not say what was waited for: ${output}`);
  };
  const lines = () =>
    output
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const url = await until(() => lines().find((line) => typeof line['url'] === 'string')?.['url'] as string | undefined);
  return {
    url,
    lines,
    output: () => output,
    lineOf: (requestId) =>
      until(() => lines().find((one) => one['requestId'] === requestId && one['msg'] === 'request')),
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
}
