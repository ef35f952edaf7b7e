import { type BreakerState } from './breaker.js';
import { type VendorErrorKind } from './errors.js';

/** One HTTP request to a vendor, after its end. */
export interface VendorCall {
  vendor: string;
  /** The vendor's name of the call, from a fixed list: it becomes a metrics label. */
  api: string;
  outcome: 'ok' | VendorErrorKind;
  /** From the first byte out to the decoded answer. */
  seconds: number;
  /** How many of our requests the one HTTP request carried. */
  size: number;
}

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
export interface Telemetry {
  /** A vendor is in use, and `state` may be asked at any time. */
  vendorOpened(state: () => VendorState): void;
  vendorCall(call: VendorCall): void;
  /** A call that never left: its time was up, or the queue, a hold or the breaker refused it. */
  notSent(vendor: string, api: string, kind: VendorErrorKind): void;
  /** Something the vendor's documents do not know (an unknown status digit, an unreadable date), counted by name. */
  anomaly(vendor: string, name: string): void;
}
