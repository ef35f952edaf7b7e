import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Creates a folder and those above it. Step by step: where none can be made, as below /proc, Node's own `recursive` tries
 * without end. A folder that is there keeps its mode: it may be shared on purpose.
 */
export function createFolders(path: string, mode = 0o777): void {
  if (existsSync(path)) return;
  createFolders(dirname(path), mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Another process was a moment earlier.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
