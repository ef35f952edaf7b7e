import { type OperationDefinitionNode } from 'graphql';
import { type Logger } from 'pino';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { type PoolState } from '../../../database/pool-state.js';
import { type LedgerState } from '../../../datasources/identity-checks/index.js';
import { type VendorErrorKind } from '../../../datasources/transport/errors.js';
import { type Telemetry, type VendorState } from '../../../datasources/transport/telemetry.js';
import { type Lane } from '../../../graph/observer.js';
import { vendorGauges } from './gauges.js';
import { Histogram } from './histogram.js';
import { OncePerMinute } from './once-per-minute.js';
import { operationNameOf } from './operation-name.js';
import { type Outcome, outcomeOf } from './outcome.js';
import { vendorMetrics } from './vendor-metrics.js';

export interface Metrics {
  registry: Registry;
  telemetry: Telemetry;
  /** How each vendor in use is doing right now. */
  vendorStates(): VendorState[];
  response(route: string | undefined, status: number): void;
  operation(
    lane: Lane,
    operation: OperationDefinitionNode,
    codes: Readonly<Record<string, number>> | undefined,
    seconds: number,
  ): void;
  /** Counts errors told to a client, by their public code. */
  errors(code: string, times: number): void;
  /** Counts what a request could not have from a vendor. */
  vendorFailure(vendor: string, kind: VendorErrorKind): void;
  identityCheck(state: LedgerState): void;
  /** Read when metrics are. */
  watchDatabasePool(state: () => PoolState): void;
}

/** Operations beyond so many names are counted as `other`: a client may make up a new name for each request. */
const MAX_OPERATIONS = 100;
/** From a query that asks no vendor to one that waits for REQUEST_TIMEOUT_MS. */
const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Labels come from fixed lists (vendor, API, outcome, code) and from the names of operations: no id, number or name of
 * anybody can get into one. What has been counted once is kept as a child, so that counting it again looks nothing up.
 * `nowMs` never goes back.
 */
export function createMetrics(
  logger: Logger,
  about: { version: string; subgraph: string },
  nowMs: () => number = () => performance.now(),
): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'kaquan_build_info',
    help: 'Which version runs: always 1',
    labelNames: ['version', 'node', 'subgraph'],
    registers,
  }).set({ ...about, node: process.versions.node }, 1);
  const responses = new Counter({
    name: 'kaquan_http_responses_total',
    help: 'HTTP answers, by route and status',
    labelNames: ['route', 'status'],
    registers,
  });
  const operations = new Histogram({
    name: 'kaquan_operation_seconds',
    help: 'GraphQL operations, by name and by the worst of their errors, from the request to its answer',
    labelNames: ['operation', 'outcome'],
    buckets: SECONDS,
    registry,
  });
  const lanes = new Counter({
    name: 'kaquan_operations_total',
    help: 'GraphQL operations, by type and by the way that they went',
    labelNames: ['type', 'lane'],
    registers,
  });
  const errors = new Counter({
    name: 'kaquan_errors_total',
    help: 'Errors told to clients, by code',
    labelNames: ['code'],
    registers,
  });
  const failures = new Counter({
    name: 'kaquan_vendor_failures_total',
    help: 'What requests could not have from a vendor, field by field, by what went wrong',
    labelNames: ['vendor', 'kind'],
    registers,
  });
  const checks = new Counter({
    name: 'kaquan_identity_checks_total',
    help: 'Identity checks that came to a state of the ledger, and answers that are lost perhaps',
    labelNames: ['state'],
    registers,
  });

  const vendors: (() => VendorState)[] = [];
  const vendorStates = () => vendors.map((state) => state());
  vendorGauges(registry, vendorStates);

  const names = new Set<string>();
  const labelOf = (operation: OperationDefinitionNode): string => {
    const name = operationNameOf(operation);
    if (names.size < MAX_OPERATIONS) names.add(name);
    return names.has(name) ? name : 'other';
  };
  const labels = new WeakMap<OperationDefinitionNode, string>();
  const timed = children((operation: string, outcome: Outcome) => operations.labels(operation, outcome));
  const ways = children((type: string, lane: Lane) => lanes.labels(type, lane));
  const answers = children((route: string, status: number) => responses.labels(route, String(status)));

  return {
    registry,
    vendorStates,
    telemetry: {
      ...vendorMetrics(registry, logger, new OncePerMinute(nowMs)),
      vendorOpened: (state) => vendors.push(state),
    },
    response: (route = 'none', status) => answers(route, status).inc(),
    operation: (lane, operation, codes, seconds) => {
      let label = labels.get(operation);
      if (label === undefined) labels.set(operation, (label = labelOf(operation)));
      timed(label, outcomeOf(codes)).observe(seconds);
      ways(operation.operation, lane).inc();
    },
    errors: (code, times) => errors.inc({ code }, times),
    vendorFailure: (vendor, kind) => failures.inc({ vendor, kind }),
    identityCheck: (state) => checks.inc({ state }),
    watchDatabasePool: (state) => {
      new Gauge({
        name: 'kaquan_database_connections',
        help: 'Connections to PostgreSQL, in use and idle, and statements that wait for one',
        labelNames: ['state'],
        registers,
        collect() {
          const { total, idle, waiting } = state();
          this.set({ state: 'used' }, total - idle);
          this.set({ state: 'idle' }, idle);
          this.set({ state: 'waiting' }, waiting);
        },
      });
    },
  };
}

/** Makes each child once. */
function children<One extends string | number, Other extends string | number, Child>(
  make: (one: One, other: Other) => Child,
): (one: One, other: Other) => Child {
  const made = new Map<One, Map<Other, Child>>();
  return (one, other) => {
    let row = made.get(one);
    if (!row) made.set(one, (row = new Map<Other, Child>()));
    let child = row.get(other);
    if (child === undefined) row.set(other, (child = make(one, other)));
    return child;
  };
}
