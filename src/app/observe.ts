import { type ApolloServerPlugin, type GraphQLServerContext } from '@apollo/server';
import { type Logger } from 'pino';
import { type Context } from '../context.js';
import { DatabaseError } from '../database/errors.js';
import { VendorError } from '../datasources/transport/errors.js';
import { checkCost } from '../graph/guard/cost.js';
import { isExpected, isToken, PublicError, rootCause } from '../graph/errors.js';
import { type Metrics } from './metrics.js';

/** The budget, metrics and logs of operations. None of them holds a query, a variable, a message or a path: all of them may quote a person. */
export function observe(metrics: Metrics, logger: Logger): ApolloServerPlugin<Context> {
  return {
    // A document that was not let in never becomes an operation.
    contextCreationDidFail: ({ error }) => {
      if (error instanceof PublicError) metrics.error(error.code);
      else logger.error(described(error), 'a request failed before its operation');
      return Promise.resolve();
    },
    requestDidStart: ({ request, contextValue: { document } }) => {
      const startedAt = performance.now();
      if (document !== undefined) {
        request.query = document;
        delete request.extensions?.['persistedQuery'];
      }
      return Promise.resolve({
        didResolveOperation: ({ schema, document, operation, request }) => {
          const refusal = operation && checkCost(schema, document, operation, request.variables ?? {});
          return refusal ? Promise.reject(refusal) : Promise.resolve();
        },
        didEncounterErrors: ({ errors }) => {
          for (const error of errors) {
            const cause = rootCause(error);
            if (cause instanceof VendorError) {
              const { vendor, kind, vendorCode: code, requestId: id } = cause;
              const theirs = { ...(isToken(code) && { vendorCode: code }), ...(isToken(id) && { requestId: id }) };
              logger.warn({ vendor, kind, ...theirs }, 'a vendor failed');
            } else if (!isExpected(error)) {
              logger.error(described(cause), 'a resolver failed');
            }
          }
          return Promise.resolve();
        },
        willSendResponse: ({ response }) => {
          const { body } = response;
          const told = body.kind === 'single' ? (body.singleResult.errors ?? []) : [];
          for (const { extensions } of told) {
            const code: unknown = extensions?.['code'];
            metrics.error(typeof code === 'string' ? code : 'UNKNOWN');
          }
          metrics.operation(told.length > 0 ? 'errors' : 'ok', (performance.now() - startedAt) / 1000);
          return Promise.resolve();
        },
      });
    },
  };
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
