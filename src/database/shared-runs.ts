/**
 * Calls of the result never run side by side, and those that come while one runs share the next: each caller waits for a
 * run that began after the call.
 */
export function sharedRuns(work: () => Promise<void>): () => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  let waiting: Promise<void> | undefined;
  return () => {
    if (!waiting) {
      const begin = () => {
        waiting = undefined;
        return work();
      };
      last = waiting = last.then(begin, begin);
    }
    return waiting;
  };
}
