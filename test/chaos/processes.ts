import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** A span in which it no longer matters that a call arrives some hundred milliseconds late. */
export const SPAN_SECONDS = 5;

/** What the vendors say of themselves. */
export interface Drained {
  /** The most arrivals in a second, and in the longer span, by API, since the last time. */
  most: Record<string, [number, number]>;
  /** Each question about an identity, since the last time: its key, and when it arrived. */
  identityQuestions: [string, number][];
}

export type Order = { play: string; scene: string | null } | { drain: true };

/** The vendors' local servers, in a process of their own. */
export class VendorProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly settings: Record<string, string>,
  ) {}

  static async start(): Promise<VendorProcess> {
    const child = fork(fileURLToPath(new URL('vendors-child.ts', import.meta.url)), {
      execArgv: ['--no-warnings', '--import', '@swc-node/register/esm-register'],
    });
    const [settings] = (await once(child, 'message')) as [Record<string, string>];
    return new VendorProcess(child, settings);
  }

  get isStopped(): boolean {
    return isStopped(this.child.pid);
  }

  play(vendor: string, scene: string | null): void {
    this.child.send({ play: vendor, scene } satisfies Order);
  }

  async drain(): Promise<Drained> {
    const told = once(this.child, 'message');
    this.child.send({ drain: true } satisfies Order);
    return ((await told) as [Drained])[0];
  }

  close(): void {
    if (this.child.connected) this.child.disconnect();
  }
}

/** By SIGSTOP, as a debugger or a machine that is put to sleep does it. */
function isStopped(pid: number | undefined): boolean {
  try {
    return / [Tt] /.test(readFileSync(`/proc/${pid ?? 0}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** What a process holds on to. */
export interface Holdings {
  rssMib: number;
  /** What V8 has not found to be garbage yet. */
  heapMib: number;
  files: number;
  sockets: number;
  timers: number;
}

export interface LogLine {
  at: number;
  level: number;
  text: string;
}

/** The server, at addresses that stay the same however often it is started. */
export class ServerProcess {
  readonly url: string;
  alive = false;
  /** What it said of rank warning and above, and all that is no JSON. */
  readonly log: LogLine[] = [];
  errors = '';
  private child: ChildProcess | undefined;

  constructor(
    private readonly program: string,
    private readonly settings: Record<string, string>,
    private readonly ports: { graph: number; metrics: number },
    private readonly onEnd: (what: string) => void,
  ) {
    this.url = `http://127.0.0.1:${ports.graph}`;
  }

  get isStopped(): boolean {
    return isStopped(this.child?.pid);
  }

  async start(): Promise<void> {
    const env = { ...this.settings, PORT: String(this.ports.graph), METRICS_PORT: String(this.ports.metrics) };
    const child = spawn(process.execPath, ['--no-warnings', this.program], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.read(line);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    child.on('exit', (code, signal) => {
      if (this.alive) this.onEnd(`ended by itself with ${code ?? signal ?? '?'}`);
      this.alive = false;
    });
    while (!(await fetch(`${this.url}/readyz`).catch(() => undefined))?.ok) {
      if (child.exitCode !== null) throw new Error(`a server ended with ${child.exitCode}: ${this.errors}`);
      await sleep(50);
    }
    this.alive = true;
  }

  /** Gives the exit code, null where it had none. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const { child } = this;
    this.alive = false;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const exited = once(child, 'exit');
    child.kill(signal);
    return ((await exited) as [number | null])[0];
  }

  async holdings(): Promise<Holdings> {
    const text = await (await fetch(`http://127.0.0.1:${this.ports.metrics}/metrics`)).text();
    const value = (name: string) => {
      const [, number] = new RegExp(`^${name} (.+)$`, 'm').exec(text) ?? [];
      return Number(number ?? 0);
    };
    const resources = (type: string) => value(`nodejs_active_resources\\{type="${type}"\\}`);
    return {
      rssMib: Math.round(value('process_resident_memory_bytes') / 2 ** 20),
      heapMib: Math.round(value('nodejs_heap_size_used_bytes') / 2 ** 20),
      files: readdirSync(`/proc/${this.child?.pid ?? 0}/fd`).length,
      sockets: resources('TCPSocketWrap') + resources('TLSWrap'),
      timers: resources('Timeout') + resources('Immediate'),
    };
  }

  private read(line: string): void {
    if (line === '') return;
    let level = Infinity;
    try {
      level = (JSON.parse(line) as { level: number }).level;
    } catch {
      // Not of the log: whatever it is, it should not be there.
    }
    if (level >= 40) this.log.push({ at: Date.now(), level, text: line });
  }
}
