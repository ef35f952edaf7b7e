import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something holds; throws where it does not in time, since a loop without an end outlives its test. */
export async function until(holds: () => boolean, timeoutMs = 15_000): Promise<void> {
  const ends = performance.now() + timeoutMs;
  while (!holds()) {
    if (performance.now() > ends) throw new Error(`this did not come to hold: ${String(holds)}`);
    await sleep(10);
  }
}
