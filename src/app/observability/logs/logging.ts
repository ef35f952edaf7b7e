import { type GraphQLServerContext } from '@apollo/server';
import { pino, type Level, type Logger } from 'pino';
import { DatabaseError } from '../../../database/errors.js';
import { LineWriter } from './line-writer.js';
import { readableLine } from './readable-log.js';

const STDOUT = 1;

export interface Log {
  logger: Logger;
  /** Resolves when all that was logged is written. */
  flush: () => Promise<void>;
}

/** JSON lines to standard output, or readable ones where that is a terminal. */
export function openLog(level: Level | 'silent', terminal: boolean): Log {
  if (terminal) {
    const write = (line: string) => void process.stdout.write(readableLine(line));
    return { logger: pino({ level }, { write }), flush: () => Promise.resolve() };
  }
  const lines = (standardOutput ??= openStandardOutput());
  return { logger: pino({ level }, lines), flush: () => lines.flush() };
}

/** One for the process, however many servers it starts. */
let standardOutput: LineWriter | undefined;

function openStandardOutput(): LineWriter {
  const lines = new LineWriter(STDOUT);
  process.once('exit', () => lines.flushNow());
  return lines;
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
