import { type ApolloServerPlugin } from '@apollo/server';
import { type Logger } from 'pino';
import { type Context } from '../../context.js';
import { PublicError } from '../../graph/errors.js';
import { described } from '../logging.js';
import { type Metrics } from '../metrics.js';
import { type OperationListener } from '../operation-listener.js';

/** Tells the listener of each operation that the GraphQL server answers, and of requests that never became one. */
export function operations(listener: OperationListener, metrics: Metrics, logger: Logger): ApolloServerPlugin<Context> {
  return {
    contextCreationDidFail: ({ error }) => {
      if (error instanceof PublicError) metrics.error(error.code);
      else logger.error(described(error), 'a request failed before its operation');
      return Promise.resolve();
    },
    requestDidStart: () => {
      const startedAt = performance.now();
      return Promise.resolve({
        didEncounterErrors: ({ errors }) => {
          listener.failed(errors);
          return Promise.resolve();
        },
        willSendResponse: ({ response: { body } }) => {
          const told = body.kind === 'single' ? (body.singleResult.errors ?? []) : [];
          listener.answered('server', told, (performance.now() - startedAt) / 1000);
          return Promise.resolve();
        },
      });
    },
  };
}
