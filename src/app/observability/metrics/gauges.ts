import { Gauge, type Registry } from 'prom-client';
import { type SharedState } from '../../../datasources/transport/shared-limits.js';
import { type ApiState, type VendorState } from '../../../datasources/transport/telemetry.js';

const BREAKER_STATES = ['closed', 'half-open', 'open'] as const;

/** Computed when they are read, so that a call to a vendor costs nothing more for them. */
export function vendorGauges(registry: Registry, states: () => VendorState[]): void {
  const gaugeOf = (name: string, help: string, labelNames: string[], collect: (gauge: Gauge) => void) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        collect(this);
      },
    });
  const gaugeOfApis = (name: string, help: string, value: (state: ApiState) => number) =>
    gaugeOf(name, help, ['vendor', 'api'], (gauge) => {
      for (const { vendor, apis } of states())
        for (const state of apis) gauge.set({ vendor, api: state.api }, value(state));
    });

  gaugeOf('kaquan_vendor_breaker_state', 'Whether the breaker is in this state', ['vendor', 'state'], (gauge) => {
    for (const { vendor, breaker } of states())
      for (const state of BREAKER_STATES) gauge.set({ vendor, state }, state === breaker ? 1 : 0);
  });
  gaugeOf('kaquan_vendor_retries_left', 'Repetitions that the retry budget still allows', ['vendor'], (gauge) => {
    for (const { vendor, retriesLeft } of states()) gauge.set({ vendor }, retriesLeft);
  });
  gaugeOfApis('kaquan_vendor_requests_in_flight', 'HTTP requests under way', ({ underWay }) => underWay);
  gaugeOfApis('kaquan_vendor_queue_length', 'Calls that wait for their turn', ({ queued }) => queued);
  gaugeOfApis(
    'kaquan_vendor_queue_oldest_wait_seconds',
    'How long the first of the queue has been waiting',
    ({ oldestWaitMs }) => oldestWaitMs / 1000,
  );
  gaugeOfApis(
    'kaquan_vendor_hold_end_timestamp_seconds',
    'When the vendor may be asked again after a ban; 0 where it may be',
    ({ heldMs }) => (heldMs > 0 ? Math.ceil((Date.now() + heldMs) / 1000) : 0),
  );
}

/** What this process knows of the others with which it keeps the vendors' limits. */
export function sharedLimitsGauges(registry: Registry, state: () => SharedState): void {
  new Gauge({
    name: 'kaquan_shared_limits_joined',
    help: "1 while the vendors' limits are kept together at Redis, 0 while this process keeps its share alone",
    registers: [registry],
    collect() {
      this.set(state().joined ? 1 : 0);
    },
  });
  new Gauge({
    name: 'kaquan_shared_limits_processes',
    help: "Processes that divide the vendors' limits, as far as this one knows",
    registers: [registry],
    collect() {
      this.set(state().processes);
    },
  });
}
