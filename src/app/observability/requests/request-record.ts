import { type FastifyRequest } from 'fastify';
import { type GraphQLError, type GraphQLFormattedError, type OperationDefinitionNode } from 'graphql';
import { type Logger } from 'pino';
import { VendorError } from '../../../datasources/transport/errors.js';
import { type VendorCall } from '../../../datasources/transport/vendor-call.js';
import { isExpected, PublicError, rootCause } from '../../../graph/errors.js';
import { type Lane, type RequestObserver } from '../../../graph/observer.js';
import { addFailure, type Failure, severityOf } from './failures.js';
import { described } from '../logs/logging.js';
import { type Metrics } from '../metrics/metrics.js';
import { operationNameOf } from '../metrics/operation-name.js';
import { requestIdOf, traceParentOf } from './request-id.js';
import { type Tracing } from './tracing.js';

/** Where what is heard of requests goes. */
export interface Recorders {
  logger: Logger;
  metrics: Metrics;
  tracing: Tracing | undefined;
}

/** Their lines would be most of a quiet day's log. */
const PROBES: readonly string[] = ['/healthz', '/readyz'];
/** Thousands a second, at the worst of times; http/overload.ts says in a line of its own that there are some. */
const OVERLOADED = 503;

/**
 * What is heard of one request, gathered until its answer leaves: then it becomes a line of the log, a few counts and,
 * where somebody asked for traces, spans. Nothing of it holds a document, a variable, a message, a path or a URL: all of
 * them may quote a person.
 */
export class RequestRecord implements RequestObserver {
  readonly id: string;
  readonly startedAt = performance.now();
  readonly calls: VendorCall[] = [];
  readonly failures: Failure[] = [];
  operation: OperationDefinitionNode | undefined;
  /** How many errors of each code the client is told. */
  codes: Record<string, number> | undefined;
  private lane: Lane | undefined;

  constructor(
    private readonly recorders: Recorders,
    readonly request: Pick<FastifyRequest, 'method' | 'headers' | 'routeOptions'>,
  ) {
    this.id = requestIdOf(request.headers['x-request-id']);
  }

  vendorCall(call: VendorCall): void {
    this.calls.push(call);
  }

  failed(errors: readonly GraphQLError[]): void {
    for (const error of errors) {
      const cause = rootCause(error);
      if (cause instanceof VendorError) {
        addFailure(this.failures, cause);
        this.recorders.metrics.vendorFailure(cause.vendor, cause.kind);
      } else if (!isExpected(error)) {
        this.logFault(cause, 'a resolver failed');
      }
    }
  }

  answered(
    lane: Lane,
    operation: OperationDefinitionNode | undefined,
    errors: readonly GraphQLFormattedError[] | undefined,
  ): void {
    this.lane = lane;
    this.operation = operation;
    for (const { extensions } of errors ?? []) {
      const code: unknown = extensions?.['code'];
      this.told(typeof code === 'string' ? code : 'UNKNOWN');
    }
  }

  /** What let nothing of the request in, e.g. a token that is no good. */
  refused(reason: unknown): void {
    if (reason instanceof PublicError) this.told(reason.code);
    else this.logFault(reason, 'a request failed before its operation');
  }

  logFault(error: unknown, what: string): void {
    this.recorders.logger.error({ requestId: this.id, ...described(error) }, what);
  }

  /** To be called once, when the answer is about to leave. */
  finish(status: number): void {
    const { logger, metrics, tracing } = this.recorders;
    const { operation, codes, failures, calls } = this;
    const endedAt = performance.now();
    // A pattern of ours, never what was sent.
    const route = this.request.routeOptions.url;
    metrics.response(route, status);
    if (operation && this.lane) metrics.operation(this.lane, operation, codes, (endedAt - this.startedAt) / 1000);
    if (codes) for (const code in codes) metrics.errors(code, codes[code] ?? 0);
    const parent = traceParentOf(this.request.headers.traceparent);
    const traceId =
      (route === '/graphql' ? tracing?.record(this, parent, status, endedAt) : undefined) ?? parent?.traceId;

    const level = PROBES.includes(route ?? '') || status === OVERLOADED ? 'debug' : severityOf(failures);
    if (!logger.isLevelEnabled(level)) return;
    logger[level](
      {
        requestId: this.id,
        traceId,
        method: this.request.method,
        route,
        status,
        ms: Math.round((endedAt - this.startedAt) * 100) / 100,
        operation: operation && operationNameOf(operation),
        kind: operation?.operation,
        lane: this.lane,
        vendorCalls: calls.length > 0 ? countByVendor(calls) : undefined,
        codes,
        failures: failures.length > 0 ? failures : undefined,
      },
      'request',
    );
  }

  /** Counts an error that the client is told. */
  told(code: string): void {
    this.codes ??= {};
    this.codes[code] = (this.codes[code] ?? 0) + 1;
  }
}

function countByVendor(calls: readonly VendorCall[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { vendor } of calls) counts[vendor] = (counts[vendor] ?? 0) + 1;
  return counts;
}
