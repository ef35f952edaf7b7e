import { writeSync } from 'node:fs';

/** How long a reader that is behind may hold everybody up. */
const MAX_WAIT_MS = 250;
const WAIT_MS = 5;
const PAUSE = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes all of it before it is back, waiting a moment for a reader that is behind.
 * @param written counts the bytes that went out, also where it throws
 */
export function writeThrough(fd: number, bytes: Buffer, written: { bytes: number }): void {
  const giveUpAt = performance.now() + MAX_WAIT_MS;
  while (written.bytes < bytes.length) {
    try {
      written.bytes += writeSync(fd, bytes, written.bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || performance.now() > giveUpAt) throw error;
      Atomics.wait(PAUSE, 0, 0, WAIT_MS);
    }
  }
}
