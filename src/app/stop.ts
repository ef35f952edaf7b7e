/** Gives something back. */
export type Close = () => Promise<unknown>;

/**
 * Gives back one after the other, and waits for all of them together no longer than `timeoutMs`: what is left then is
 * begun, and not waited for.
 * @throws Error where something failed or was not waited for
 */
export async function closeInTime(closers: readonly Close[], timeoutMs: number): Promise<void> {
  let left = 0;
  let timer: NodeJS.Timeout | undefined;
  const timeIsUp = new Promise<'time is up'>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, 'time is up');
  });
  for (const closer of closers) {
    if ((await Promise.race([attempt(closer), timeIsUp])) !== true) left += 1;
  }
  clearTimeout(timer);
  if (left > 0) throw new Error(`${left} of ${closers.length} parts could not be closed in time`);
}

async function attempt(closer: Close): Promise<boolean> {
  try {
    await closer();
    return true;
  } catch {
    return false;
  }
}

/**
 * The first signal lets running requests finish, the second does not wait.
 * @param exit ends the process
 */
export function stopOnSignals(close: () => Promise<void>, exit: (code: number) => void): void {
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) {
        exit(1);
        return;
      }
      stopping = true;
      close().then(
        () => exit(0),
        () => exit(1),
      );
    });
  }
}
