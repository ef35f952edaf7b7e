type Close = () => Promise<void>;

export function print(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/**
 * Starts something that runs until Ctrl-C. What `start` gives to `onStop` is closed in reverse order, also where the
 * start itself fails or is interrupted; a second Ctrl-C does not wait.
 */
export async function runUntilStopped(start: (onStop: (close: Close) => void) => Promise<void>): Promise<void> {
  const closers: Close[] = [];
  let stopping = false;
  const stop = async (exitCode: number) => {
    if (stopping) process.exit(1);
    stopping = true;
    for (const close of closers.splice(0).reverse()) await close().catch(() => undefined);
    process.exit(exitCode);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0));
  try {
    await start((close) => closers.push(close));
  } catch (error) {
    print(error instanceof Error ? error.message : 'The start failed');
    await stop(1);
  }
}

/** A command that asks a graph, to be copied into a shell. */
export function curl(url: string, token: string, query: string): string {
  return `curl -s ${url} -H 'content-type: application/json' -H 'authorization: Bearer ${token}' \\\n  -d '${JSON.stringify({ query })}'`;
}
