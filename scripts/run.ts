import { type Close, closeInTime, stopOnSignals } from '../src/app/stop.js';

const STOP_TIMEOUT_MS = 10_000;

export function print(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/**
 * Starts something that runs until Ctrl-C. What `start` gives to `onStop` is closed in reverse order, also where the
 * start itself fails or is interrupted; a second Ctrl-C does not wait.
 */
export async function runUntilStopped(start: (onStop: (close: Close) => void) => Promise<void>): Promise<void> {
  const closers: Close[] = [];
  const close = () => closeInTime(closers.splice(0).reverse(), STOP_TIMEOUT_MS);
  stopOnSignals(close, (code) => process.exit(code));
  try {
    await start((closer) => closers.push(closer));
  } catch (error) {
    print(error instanceof Error ? error.message : 'The start failed');
    await close().catch(() => undefined);
    process.exit(1);
  }
}

/** A command that asks a graph, to be copied into a shell. */
export function curl(url: string, token: string, query: string): string {
  return `curl -s ${url} -H 'content-type: application/json' -H 'authorization: Bearer ${token}' \\\n  -d '${JSON.stringify({ query })}'`;
}
