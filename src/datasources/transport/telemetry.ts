import { type VendorErrorKind } from './errors.js';
import { type CallObserver } from './vendor-call.js';

export type BreakerState = 'closed' | 'open' | 'half-open';

/** How a vendor is doing right now. */
export interface VendorState {
  vendor: string;
  breaker: BreakerState;
  retriesLeft: number;
  /** Those that were asked since the start. */
  apis: ApiState[];
}

export interface ApiState {
  api: string;
  queued: number;
  oldestWaitMs: number;
  underWay: number;
  /** How long the vendor is not to be asked any more; 0 where it may be. */
  heldMs: number;
}

/** Where a datasource tells what it saw. Nothing passed here may carry personal data: it ends in metrics and logs. */
export interface Telemetry extends CallObserver {
  /** A vendor is in use, and `state` may be asked at any time. */
  vendorOpened(state: () => VendorState): void;
  /** A call that never left: its time was up, or the queue, a hold or the breaker refused it. */
  notSent(vendor: string, api: string, kind: VendorErrorKind): void;
  /** A call that was made again, or was not, since the retry budget was spent. */
  retry(vendor: string, outcome: 'made' | 'over_budget'): void;
  /** A question that another request was asking already, and whose answer it shares. */
  coalesced(vendor: string): void;
  /** Something the vendor's documents do not know (an unknown status digit, an unreadable date), counted by name. */
  anomaly(vendor: string, name: string): void;
}
