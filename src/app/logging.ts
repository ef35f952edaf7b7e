import { type GraphQLServerContext } from '@apollo/server';
import { pino, type Level, type Logger } from 'pino';
import { DatabaseError } from '../database/errors.js';
import { readableLine } from './readable-log.js';

const STDOUT = 1;
/** What the system writes to a pipe in one piece: no line of the audit log comes into the middle of one of these. */
const WRITE_BYTES = 4_096;
/** A piece is written when it is nearly full, or at the latest after this. */
const FLUSH_MS = 250;
/** What waits for a reader that does not read; what comes then is dropped. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

export interface Log {
  logger: Logger;
  /** Writes what waits. What is written later goes out when the process ends. */
  flush: () => void;
}

/**
 * JSON lines to standard output, or readable ones where that is a terminal. JSON is written in pieces, beside the work
 * rather than in it; what waits is written when the process ends, also by an error, though not by SIGKILL.
 */
export function openLog(level: Level | 'silent', terminal: boolean): Log {
  if (terminal) {
    const write = (line: string) => void process.stdout.write(readableLine(line));
    return { logger: pino({ level }, { write }), flush: () => undefined };
  }
  const destination = (standardOutput ??= openStandardOutput());
  return { logger: pino({ level }, destination), flush: () => destination.flushSync() };
}

/** One for the process, however many servers it starts. */
let standardOutput: ReturnType<typeof openStandardOutput> | undefined;

function openStandardOutput() {
  const destination = pino.destination({
    dest: STDOUT,
    sync: false,
    minLength: WRITE_BYTES - 256,
    maxWrite: WRITE_BYTES,
    maxLength: MAX_WAITING_BYTES,
    periodicFlush: FLUSH_MS,
  });
  // A full disk or a reader that is gone: an answer is worth more than its line.
  destination.on('error', () => undefined);
  return destination;
}

/** What of an unforeseen error may be logged: what kind it is and where it arose, not its words. */
export function described(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { errorType: typeof error };
  const { code } = error as { code?: unknown };
  const at = error.stack
    ?.split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8);
  return {
    errorType: error.name,
    ...(typeof code === 'string' && { errorCode: code }),
    ...(error instanceof DatabaseError && { errorKind: error.kind }),
    at,
  };
}

/** The GraphQL server puts the words of errors into its messages, so only that it had something to say is logged. */
export function apolloLogger(logger: Logger): GraphQLServerContext['logger'] {
  const nothing = () => undefined;
  return {
    debug: nothing,
    info: nothing,
    warn: () => logger.warn('the GraphQL server warned'),
    error: () => logger.error('the GraphQL server failed'),
  };
}
