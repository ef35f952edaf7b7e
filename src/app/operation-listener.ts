import { type GraphQLError, type GraphQLFormattedError } from 'graphql';
import { type Logger } from 'pino';
import { VendorError } from '../datasources/transport/errors.js';
import { isExpected, rootCause } from '../graph/errors.js';
import { described } from './logging.js';
import { type Metrics } from './metrics.js';

/** Which way an operation went: see fast-lane.ts. */
type Lane = 'fast' | 'server';

/** What hears of each operation, in whichever lane it was answered. */
export interface OperationListener {
  failed(errors: readonly GraphQLError[]): void;
  answered(lane: Lane, errors: readonly GraphQLFormattedError[], seconds: number): void;
}

/**
 * Logs what an operator must hear of, and counts operations and the errors that clients are told. No line holds a query,
 * a variable, a message or a path: all of them may quote a person.
 */
export function listenToOperations(metrics: Metrics, logger: Logger): OperationListener {
  return {
    failed: (errors) => {
      for (const error of errors) {
        const cause = rootCause(error);
        if (cause instanceof VendorError) {
          const { vendor, kind, vendorCode, requestId } = cause;
          logger.warn({ vendor, kind, vendorCode, requestId }, 'a vendor failed');
        } else if (!isExpected(error)) {
          logger.error(described(cause), 'a resolver failed');
        }
      }
    },
    answered: (lane, errors, seconds) => {
      for (const { extensions } of errors) {
        const code: unknown = extensions?.['code'];
        metrics.error(typeof code === 'string' ? code : 'UNKNOWN');
      }
      metrics.operation(lane, errors.length > 0 ? 'errors' : 'ok', seconds);
    },
  };
}
