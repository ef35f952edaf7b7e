import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SANDBOX_CODES } from '../src/sandbox/index.js';
import { listening, type ServerProcess } from './server-process.js';

/** The example has its own packages: whoever runs the server alone need not install a front end's. */
export const WALLET = 'examples/wallet';

/** Where the browser tests have it built. */
export const BUILT_WALLET = resolve('node_modules/.cache/kaquan-wallet');

/** Installs the example's packages where its lockfile is newer than they are, and generates its types. */
export async function prepareWallet(): Promise<void> {
  const installed = join(WALLET, 'node_modules/.package-lock.json');
  const upToDate =
    existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(WALLET, 'package-lock.json')).mtimeMs;
  if (!upToDate) await npm('ci', '--no-audit', '--no-fund');
  await npm('run', '--silent', 'generate');
}

export const buildWallet = (outDir: string): Promise<void> =>
  vite(['build', '--logLevel', 'warn', '--emptyOutDir', '--outDir', outDir]);

export async function checkWallet(): Promise<void> {
  for (const step of ['types', 'lint', 'build']) await npm('run', '--silent', step);
}

/** The app with reload, asking the server at `graphUrl` through its own address. */
export const serveWallet = (graphUrl: string, port: number): Promise<ServerProcess> =>
  running(['--port', String(port), '--clearScreen', 'false'], graphUrl);

/** The built app, served as `vite preview` does, on any free port. */
export const previewWallet = (graphUrl: string, outDir: string): Promise<ServerProcess> =>
  running(['preview', '--port', '0', '--outDir', outDir], graphUrl);

const viteProgram = 'node_modules/vite/bin/vite.js';

const settings = (graphUrl?: string) => ({
  ...process.env,
  // Its output is read here.
  NO_COLOR: '1',
  FORCE_COLOR: undefined,
  VITE_SAMPLE_CODES: Object.values(SANDBOX_CODES).join(' '),
  ...(graphUrl !== undefined && { WALLET_SERVER: new URL(graphUrl).origin }),
});

async function vite(args: string[]): Promise<void> {
  const child = spawn(process.execPath, [viteProgram, ...args], { cwd: WALLET, env: settings(), stdio: 'inherit' });
  await succeeded(child, `vite ${args[0] ?? ''}`);
}

async function running(args: string[], graphUrl: string): Promise<ServerProcess> {
  const child = spawn(process.execPath, [viteProgram, ...args, '--host', '127.0.0.1'], {
    cwd: WALLET,
    env: settings(graphUrl),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return listening(child, 'The wallet', /http:\/\/127\.0\.0\.1:\d+/);
}

async function npm(...args: string[]): Promise<void> {
  // On Windows npm is a script, which only a shell can start.
  const child = spawn('npm', args, { cwd: WALLET, stdio: 'inherit', shell: process.platform === 'win32' });
  await succeeded(child, `npm ${args.join(' ')}`);
}

async function succeeded(child: ChildProcess, what: string): Promise<void> {
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${what} failed in ${WALLET}`);
}
