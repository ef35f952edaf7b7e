import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const VERSIONS = '/usr/lib/postgresql';

/** A PostgreSQL server of a test's own, that may be stopped, paused and turned read-only. */
export interface PrivatePostgres {
  url: string;
  /** One statement after the other, over one connection of psql. */
  sql(statements: string, database?: string): Promise<string>;
  start(): Promise<void>;
  /** `immediate` is as a crash: nobody is told, nothing is written any more. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  /** Its processes stop where they are, or go on: a machine that hangs. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  erase(): Promise<void>;
}

/** Undefined, and said loudly, where the server's programs are not here or may not be run. */
export async function startPrivatePostgres(): Promise<PrivatePostgres | undefined> {
  const [version] = existsSync(VERSIONS) ? readdirSync(VERSIONS).sort().reverse() : [];
  const isRoot = process.getuid?.() === 0;
  if (version === undefined || (isRoot && !hasUser('postgres'))) {
    console.warn('skipped: there is no PostgreSQL server here to start and stop (Debian: apt-get install postgresql)');
    return undefined;
  }
  const bin = join(VERSIONS, version, 'bin');
  const folder = mkdtempSync(join(tmpdir(), 'kaquan-postgres-'));
  const data = join(folder, 'data');
  // The server refuses to run as root.
  const as = (program: string, ...args: string[]) =>
    isRoot ? run('runuser', ['-u', 'postgres', '--', join(bin, program), ...args]) : run(join(bin, program), args);
  if (isRoot) execFileSync('chown', ['postgres', folder]);
  chmodSync(folder, 0o700);
  const port = await freePort();
  await as('initdb', '-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync', '--no-instructions');
  const options = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c max_connections=40`;
  const log = join(folder, 'log');
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const postgres: PrivatePostgres = {
    url,
    sql: async (statements, database = 'postgres') =>
      (
        await as(
          'psql',
          url.replace(/postgres$/, database),
          '-Atq',
          ...statements.split('; ').flatMap((one) => ['-c', one]),
        )
      ).stdout.trim(),
    start: async () => {
      await as('pg_ctl', 'start', '-w', '-D', data, '-l', log, '-o', options);
    },
    stop: async (mode) => {
      await as('pg_ctl', 'stop', '-w', '-D', data, '-m', mode);
    },
    signal: (name) => {
      // All that belong to it have its folder or its name in their arguments, and no other server has its port there.
      const pids = execFileSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' })
        .split('\n')
        .map((line) => line.trim().split(/\s+/));
      const [main] =
        pids.find((words) => words.includes(data) && words.some((word) => word.endsWith('/postgres'))) ?? [];
      const family = pids.filter(([pid, parent]) => main !== undefined && (pid === main || parent === main));
      for (const [pid] of family) process.kill(Number(pid), name);
    },
    erase: async () => {
      await as('pg_ctl', 'stop', '-w', '-D', data, '-m', 'immediate').catch(() => undefined);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await postgres.start();
  return postgres;
}

function hasUser(name: string): boolean {
  try {
    execFileSync('id', ['-u', name], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  return typeof address === 'object' && address ? address.port : 0;
}
