import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Deferred, defer } from '../load/deferred.js';

/** What the stub has answered since it started. */
interface VendorCounters {
  /** HTTP requests of every kind. */
  requests: number;
  singles: number;
  batches: number;
  vouchers: number;
  cardLists: number;
  codes: number;
  /** What it could not read; a measurement with any of it is wrong. */
  refused: number;
}

export interface VendorStub {
  url: string;
  /** What it is made of, for the report. */
  kind: string;
  pids: number[];
  setLatency(ms: number): Promise<void>;
  counters(): Promise<VendorCounters>;
  close(): void;
}

const HERE = import.meta.dirname;

/**
 * Both vendors on one loopback port: the C program where `cc` makes one of it, else Node's in several processes.
 * @param folder takes what is compiled
 */
export async function startStub(folder: string, preferNode = false): Promise<VendorStub> {
  const binary = preferNode ? undefined : compile(folder);
  const child =
    binary === undefined
      ? spawn(process.execPath, [join(HERE, 'stub.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] })
      : spawn(binary, [], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ask = commands(child);
  const { port, pids } = (await ask(undefined)) as { port: number; pids?: number[] };
  return {
    url: `http://127.0.0.1:${port}`,
    kind: binary === undefined ? `Node, ${pids?.length ?? 1} processes` : 'C, one process',
    pids: pids ?? [child.pid ?? 0],
    setLatency: async (ms) => {
      await ask(`latency ${ms}`);
    },
    counters: async () => (await ask('counters')) as VendorCounters,
    // It stops when its stdin ends, also where this process dies.
    close: () => child.stdin.end(),
  };
}

function compile(folder: string): string | undefined {
  const binary = join(folder, 'stub');
  const sources = ['stub.c', 'answers.c'].map((file) => join(HERE, file));
  const { status } = spawnSync('cc', ['-O2', '-std=gnu11', '-o', binary, ...sources], { stdio: 'ignore' });
  return status === 0 ? binary : undefined;
}

/** Sends a line (none for the first, which tells where it listens) and gives the line that answers it. */
function commands(child: ChildProcess & { stdin: NodeJS.WritableStream; stdout: NodeJS.ReadableStream }) {
  const waiting: Deferred<unknown>[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line)));
  child.once('exit', () => {
    for (const { reject } of waiting.splice(0)) reject(new Error('The vendor stub has stopped'));
  });
  return (line: string | undefined): Promise<unknown> => {
    const turn = defer<unknown>();
    waiting.push(turn);
    if (line !== undefined) child.stdin.write(`${line}\n`);
    return turn.promise;
  };
}
