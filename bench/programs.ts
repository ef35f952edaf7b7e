import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Program {
  url: string;
  pid: number;
  /** Ends it as an operator would, and waits. */
  close: () => Promise<void>;
}

const START_MS = 60_000;
/** As our image starts (see the Dockerfile); the same for everybody. */
const NODE_FLAGS = ['--max-semi-space-size=64'];

const running = new Set<ChildProcess>();
// So that no program outlives a measurement that dies or is interrupted.
process.once('exit', () => running.forEach((child) => void child.kill('SIGKILL')));

/**
 * Starts a Node program and waits until it has told its URL. What it prints goes into a file, since reading it here
 * would cost the measuring process time, and a terminal would be slower than what a deployment has.
 */
export async function startProgram(
  args: readonly string[],
  env: Record<string, string>,
  options: { log: string; cwd?: string },
): Promise<Program> {
  const output = openSync(options.log, 'a');
  const child = spawn(process.execPath, [...NODE_FLAGS, ...args], {
    // Nothing of this process's own settings.
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...env },
    stdio: ['ignore', output, output],
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  try {
    const url = await urlIn(options.log, child);
    return {
      url,
      pid: child.pid ?? 0,
      close: async () => {
        if (child.exitCode !== null) return;
        const exited = once(child, 'exit');
        child.kill('SIGTERM');
        await Promise.race([exited, sleep(15_000, undefined, { ref: false }).then(() => child.kill('SIGKILL'))]);
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

async function urlIn(log: string, child: ChildProcess): Promise<string> {
  const ends = Date.now() + START_MS;
  while (Date.now() < ends && child.exitCode === null) {
    const [url] = /http:\/\/127\.0\.0\.1:\d+[\w/]*/.exec(readFileSync(log, 'utf8')) ?? [];
    if (url !== undefined) return url;
    await sleep(50);
  }
  throw new Error(`A program did not start:\n${readFileSync(log, 'utf8').slice(-2000)}`);
}

/** A port that is free right now, for programs that cannot be told to take any. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
