let interrupted = false;

// The first signal ends the run after the slice that is under way, so that databases and folders are cleared away; the
// second does not wait.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (interrupted) process.exit(1);
    interrupted = true;
  });
}

export function throwIfInterrupted(): void {
  if (interrupted) throw new Error('Interrupted');
}
