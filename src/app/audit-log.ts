import { pino } from 'pino';
import { type AuditEntry, type WriteAudit } from '../graph/audit.js';

/**
 * The audit log: one JSON line an entry. It has a logger of its own, so that LOG_LEVEL cannot silence it, and writes
 * each line before the answer goes out, so that a crash loses none.
 * @param destination `stdout`, or the path of a file to append to
 */
export function openAudit(destination: string): { write: WriteAudit; close: () => Promise<void> } {
  const stream = pino.destination({
    ...(destination === 'stdout' ? { dest: 1 } : { dest: destination, mkdir: true, mode: 0o600 }),
    sync: true,
  });
  const logger = pino({ level: 'info', base: null }, stream);
  return {
    write: (entry: AuditEntry) => {
      logger.info({ audit: true, ...entry });
    },
    close: () => {
      if (destination !== 'stdout') stream.end();
      return Promise.resolve();
    },
  };
}
