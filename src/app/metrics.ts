import { type Logger } from 'pino';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import { type Telemetry, type VendorState } from '../datasources/transport/telemetry.js';
import { vendorGauges } from './gauges.js';

export interface Metrics {
  registry: Registry;
  telemetry: Telemetry;
  /** How each vendor in use is doing right now. */
  vendorStates(): VendorState[];
  operation(lane: 'fast' | 'server', outcome: 'ok' | 'errors', seconds: number): void;
  /** Counts an error told to a client, by its public code. */
  error(code: string): void;
}

/** Labels come from fixed lists (vendor, API, outcome, code): no id, number or name can get into one. `nowMs` never goes back. */
export function createMetrics(logger: Logger, nowMs: () => number = () => performance.now()): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const vendorSeconds = new Histogram({
    name: 'kaquan_vendor_request_seconds',
    help: 'HTTP requests to vendors, by outcome',
    labelNames: ['vendor', 'api', 'outcome'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  const carried = new Counter({
    name: 'kaquan_vendor_carried_total',
    help: 'Requests of ours that the HTTP requests to vendors carried, several in a batch',
    labelNames: ['vendor', 'api'],
    registers: [registry],
  });
  const notSent = new Counter({
    name: 'kaquan_vendor_not_sent_total',
    help: 'Calls that never left: refused by the queue, the breaker, a hold or their deadline',
    labelNames: ['vendor', 'api', 'kind'],
    registers: [registry],
  });
  const anomalies = new Counter({
    name: 'kaquan_vendor_anomalies_total',
    help: "Things in vendors' answers that their documents do not know",
    labelNames: ['vendor', 'what'],
    registers: [registry],
  });
  const operations = new Histogram({
    name: 'kaquan_operation_seconds',
    help: 'GraphQL operations, by the way that they went and by whether they have errors',
    labelNames: ['lane', 'outcome'],
    registers: [registry],
  });
  const errors = new Counter({
    name: 'kaquan_errors_total',
    help: 'Errors told to clients, by code',
    labelNames: ['code'],
    registers: [registry],
  });
  const vendors: (() => VendorState)[] = [];
  const vendorStates = () => vendors.map((state) => state());
  vendorGauges(registry, vendorStates);
  const anomalyLog = new OncePerMinute(nowMs);
  return {
    registry,
    vendorStates,
    telemetry: {
      vendorOpened: (state) => vendors.push(state),
      vendorCall: ({ vendor, api, outcome, seconds, size }) => {
        vendorSeconds.observe({ vendor, api, outcome }, seconds);
        carried.inc({ vendor, api }, size);
      },
      anomaly: (vendor, what) => {
        anomalies.inc({ vendor, what });
        const times = anomalyLog.count(`${vendor} ${what}`);
        if (times > 0)
          logger.warn({ vendor, what, times }, "a vendor's answer has something its documents do not know");
      },
      notSent: (vendor, api, kind) => notSent.inc({ vendor, api, kind }),
    },
    operation: (lane, outcome, seconds) => operations.observe({ lane, outcome }, seconds),
    error: (code) => errors.inc({ code }),
  };
}

const MINUTE_MS = 60_000;

/** One answer with thousands of odd cards must not write as many lines. */
class OncePerMinute {
  private readonly kinds = new Map<string, { toldAtMs: number; untold: number }>();

  constructor(private readonly nowMs: () => number) {}

  /** How often the kind came since it was last told, where it is to be told now; 0 where not. */
  count(kind: string): number {
    const now = this.nowMs();
    const seen = this.kinds.get(kind) ?? { toldAtMs: -Infinity, untold: 0 };
    const untold = seen.untold + 1;
    const due = now - seen.toldAtMs >= MINUTE_MS;
    this.kinds.set(kind, due ? { toldAtMs: now, untold: 0 } : { ...seen, untold });
    return due ? untold : 0;
  }
}
