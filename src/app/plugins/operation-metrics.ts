import { type ApolloServerPlugin } from '@apollo/server';
import { type Context } from '../../context.js';
import { PublicError } from '../../graph/errors.js';
import { type Metrics } from '../metrics.js';

/** Counts operations, how long they take, and the errors that clients are told. */
export function operationMetrics(metrics: Metrics): ApolloServerPlugin<Context> {
  return {
    // A document that was not let in never becomes an operation.
    contextCreationDidFail: ({ error }) => {
      if (error instanceof PublicError) metrics.error(error.code);
      return Promise.resolve();
    },
    requestDidStart: () => {
      const startedAt = performance.now();
      return Promise.resolve({
        willSendResponse: ({ response: { body } }) => {
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
