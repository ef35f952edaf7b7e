import { type GraphQLError, type GraphQLFormattedError, type OperationDefinitionNode } from 'graphql';
import { type CallObserver } from '../datasources/transport/vendor-call.js';

/** Which way an operation went: the short one of app/http/fast-lane.ts, or through the GraphQL server. */
export type Lane = 'fast' | 'server';

/** Hears of one request of the graph, from whoever has a part in it. */
export interface RequestObserver extends CallObserver {
  /** Errors as they came up, before they are put into words for a client. */
  failed(errors: readonly GraphQLError[]): void;
  /** The errors that the client is told; `operation` is undefined where none could be run. */
  answered(
    lane: Lane,
    operation: OperationDefinitionNode | undefined,
    errors: readonly GraphQLFormattedError[] | undefined,
  ): void;
}
