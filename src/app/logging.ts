import { type GraphQLServerContext } from '@apollo/server';
import { type Logger } from 'pino';
import { DatabaseError } from '../database/errors.js';

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
