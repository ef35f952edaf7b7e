import { closeSync, fstatSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { validate as isUuid } from 'uuid';
import { createFolders } from '../../../database/folders.js';
import { type AuditLog } from '../../../graph/audit.js';
import { writeThrough } from './write-through.js';

const STDOUT = 1;
const CLOSED = -1;
/** As other JSON lines have it, so that one reader takes all. */
const LEVEL_INFO = 30;

/**
 * The audit log: one JSON line an entry, whatever LOG_LEVEL says. Lines are written through, in one call, by the time
 * `write` is back; it throws where they are not, since what leaves no line must not be shown.
 * @param destination `stdout`, or the path of a file to append to
 * @param hashId Names an id that is not ours, and may be somebody's number, by a keyed hash.
 */
export function openAudit(
  destination: string,
  hashId: (id: string) => string,
): AuditLog & { close: () => Promise<void> } {
  const toFile = destination !== 'stdout';
  let fd = toFile ? openFile(destination) : STDOUT;
  let torn = false;
  const nameOf = (id: unknown): string | null => {
    if (typeof id !== 'string' && typeof id !== 'number') return null;
    const text = String(id);
    return isUuid(text) ? text : `hash:${hashId(text)}`;
  };
  return {
    lineOf: ({ who, kind, field, person, check, verdict, status }) =>
      `${JSON.stringify({
        level: LEVEL_INFO,
        time: Date.now(),
        audit: true,
        who,
        kind,
        field,
        person: nameOf(person),
        ...(check !== undefined && { check: nameOf(check) }),
        ...(status !== undefined && { status }),
        verdict,
      })}\n`,
    write: (lines) => {
      // Writing to a file that was deleted works, and nobody will ever read it.
      if (toFile && fstatSync(fd).nlink === 0) {
        const gone = fd;
        fd = openFile(destination);
        closeSync(gone);
      }
      // After a disk that was full in the middle of a line, the next one begins by itself.
      const bytes = Buffer.from(torn ? `\n${lines}` : lines);
      const written = { bytes: 0 };
      try {
        writeThrough(fd, bytes, written);
      } finally {
        torn = written.bytes < bytes.length && (torn || written.bytes > 0);
      }
    },
    close: () => {
      if (toFile) closeSync(fd);
      fd = CLOSED;
      return Promise.resolve();
    },
  };
}

function openFile(path: string): number {
  createFolders(dirname(path));
  return openSync(path, 'a', 0o600);
}
