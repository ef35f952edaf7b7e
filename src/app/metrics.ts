import { type Logger } from 'pino';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import { type Telemetry } from '../datasources/transport/telemetry.js';

export interface Metrics {
  registry: Registry;
  telemetry: Telemetry;
  operation(outcome: 'ok' | 'errors', seconds: number): void;
  /** Counts an error told to a client, by its public code. */
  error(code: string): void;
}

/** Labels come from fixed lists (vendor, API, outcome, code): no id, number or name can get into one. */
export function createMetrics(logger: Logger): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const vendorSeconds = new Histogram({
    name: 'kaquan_vendor_request_seconds',
    help: 'HTTP requests to vendors, by outcome',
    labelNames: ['vendor', 'api', 'outcome'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  const vendorQuestions = new Counter({
    name: 'kaquan_vendor_questions_total',
    help: 'Questions that the HTTP requests to vendors carried',
    labelNames: ['vendor', 'api'],
    registers: [registry],
  });
  const oddities = new Counter({
    name: 'kaquan_vendor_oddities_total',
    help: "Things in vendors' answers that their documents do not know",
    labelNames: ['vendor', 'what'],
    registers: [registry],
  });
  const operations = new Histogram({
    name: 'kaquan_operation_seconds',
    help: 'GraphQL operations',
    labelNames: ['outcome'],
    registers: [registry],
  });
  const errors = new Counter({
    name: 'kaquan_errors_total',
    help: 'Errors told to clients, by code',
    labelNames: ['code'],
    registers: [registry],
  });
  return {
    registry,
    telemetry: {
      vendorCall: ({ vendor, api, outcome, seconds, size }) => {
        vendorSeconds.observe({ vendor, api, outcome }, seconds);
        vendorQuestions.inc({ vendor, api }, size);
      },
      oddity: (vendor, what) => {
        oddities.inc({ vendor, what });
        logger.warn({ vendor, what }, "a vendor's answer has something its documents do not know");
      },
    },
    operation: (outcome, seconds) => operations.observe({ outcome }, seconds),
    error: (code) => errors.inc({ code }),
  };
}
