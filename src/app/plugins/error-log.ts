import { type ApolloServerPlugin } from '@apollo/server';
import { type Logger } from 'pino';
import { type Context } from '../../context.js';
import { VendorError } from '../../datasources/transport/errors.js';
import { isExpected, isToken, PublicError, rootCause } from '../../graph/errors.js';
import { described } from '../logging.js';

/** Logs what an operator must hear of. No line holds a query, a variable, a message or a path: all of them may quote a person. */
export function errorLog(logger: Logger): ApolloServerPlugin<Context> {
  const log = (error: unknown) => {
    const cause = rootCause(error);
    if (cause instanceof VendorError) {
      const { vendor, kind, vendorCode: code, requestId: id } = cause;
      const theirs = { ...(isToken(code) && { vendorCode: code }), ...(isToken(id) && { requestId: id }) };
      logger.warn({ vendor, kind, ...theirs }, 'a vendor failed');
    } else if (!isExpected(error)) {
      logger.error(described(cause), 'a resolver failed');
    }
  };
  const listener = {
    didEncounterErrors: ({ errors }: { errors: readonly unknown[] }) => {
      errors.forEach(log);
      return Promise.resolve();
    },
  };
  return {
    contextCreationDidFail: ({ error }) => {
      if (!(error instanceof PublicError)) logger.error(described(error), 'a request failed before its operation');
      return Promise.resolve();
    },
    requestDidStart: () => Promise.resolve(listener),
  };
}
