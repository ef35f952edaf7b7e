import { type VendorErrorKind } from './errors.js';

/** One HTTP request to a vendor, after its end. The times are performance.now()'s. */
export interface VendorCall {
  vendor: string;
  /** The vendor's name of the call, from a fixed list: it becomes a metrics label. */
  api: string;
  outcome: 'ok' | VendorErrorKind;
  /** How many of our requests the one HTTP request carried. */
  size: number;
  method: string;
  /** Of the answer; undefined where none came. */
  status: number | undefined;
  /** When it began to wait for its turn, */
  askedAt: number;
  /** when it was signed and sent, */
  sentAt: number;
  /** and when its answer was decoded, or it failed. */
  endedAt: number;
}

/** Hears of the calls of one request of the graph. A call that several requests share is told to each, as the same object. */
export interface CallObserver {
  vendorCall(call: VendorCall): void;
}
