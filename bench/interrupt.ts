const interruption = new AbortController();

// The first signal ends the run after the slice that is under way, so that databases and folders are cleared away; the
// second does not wait.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (interruption.signal.aborted) process.exit(1);
    interruption.abort(new Error('Interrupted'));
  });
}

export function throwIfInterrupted(): void {
  interruption.signal.throwIfAborted();
}
