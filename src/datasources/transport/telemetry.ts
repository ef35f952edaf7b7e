import { type VendorErrorKind } from './errors.js';

export interface VendorCall {
  vendor: string;
  /** The vendor's name of the call, from a fixed list: it becomes a metrics label. */
  api: string;
  outcome: 'ok' | VendorErrorKind;
  seconds: number;
  /** How many questions the one HTTP request carried. */
  size: number;
}

/** Where a datasource tells what it saw. Nothing passed here may carry personal data: it ends in metrics and logs. */
export interface Telemetry {
  vendorCall(call: VendorCall): void;
  /** Something the vendor's documents do not know (an unknown status digit, an unreadable date), counted by name. */
  oddity(vendor: string, name: string): void;
}
