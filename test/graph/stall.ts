import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * The longest time, in milliseconds, for which nothing else could run while `work` did. Unlike the time that passed, it
 * hardly grows where other processes have the machine.
 */
export async function longestStallMs(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  try {
    await work();
    // What came last has not been noticed before the loop comes round once more.
    await new Promise((resolve) => setTimeout(resolve, 2));
  } finally {
    delay.disable();
  }
  return delay.max / 1e6;
}
