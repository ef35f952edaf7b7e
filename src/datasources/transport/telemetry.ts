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

/** Where a datasource tells what it saw. Nothing passed here may carry personal data: it ends in metrics and logs. */
export interface Telemetry {
  vendorCall(call: VendorCall): void;
  /** A call that never left: its time was up, or the queue, a hold or the breaker refused it. */
  notSent(vendor: string, api: string, kind: VendorErrorKind): void;
  /** Something the vendor's documents do not know (an unknown status digit, an unreadable date), counted by name. */
  anomaly(vendor: string, name: string): void;
}
