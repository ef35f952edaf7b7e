/** What went wrong at a vendor, told once for all vendors; `graph/errors.ts` maps each kind to a public code. */
export type VendorErrorKind =
  'timeout' | 'unavailable' | 'throttled' | 'rejected' | 'misconfigured' | 'protocol' | 'disabled';

export interface VendorErrorDetails {
  vendor: string;
  kind: VendorErrorKind;
  /** Our own words. Never the vendor's text, which may quote the personal data that it was sent. */
  message: string;
  /** The vendor's own code, e.g. `isv.invalid-parameter`; left out where it does not look like one. */
  vendorCode?: string | undefined;
  /** The vendor's id of the request, for a support ticket; likewise. */
  requestId?: string | undefined;
  /** Whether the same question may succeed later without anybody changing anything. Default: by kind. */
  retryable?: boolean | undefined;
  retryAfterSeconds?: number | undefined;
  /**
   * False only where it is certain that the vendor did nothing with the request: no byte of it left, or the vendor told
   * in so many words that it refused.
   */
  maybeSent?: boolean | undefined;
  cause?: unknown;
}

const RETRYABLE_BY_KIND: Record<VendorErrorKind, boolean> = {
  timeout: true,
  unavailable: true,
  throttled: true,
  rejected: false,
  misconfigured: false,
  protocol: false,
  disabled: false,
};

const IDENTIFIER = /^[\w.:/-]{1,64}$/;

/** Codes and request ids go on to clients and logs, so that only what looks like one passes: a text may be about somebody. */
export const identifierOf = (text: string | undefined): string | undefined =>
  text !== undefined && IDENTIFIER.test(text) ? text : undefined;

export class VendorError extends Error {
  override readonly name = 'VendorError';
  readonly vendor: string;
  readonly kind: VendorErrorKind;
  readonly vendorCode: string | undefined;
  readonly requestId: string | undefined;
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | undefined;
  readonly maybeSent: boolean;

  constructor(details: VendorErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.vendor = details.vendor;
    this.kind = details.kind;
    this.vendorCode = identifierOf(details.vendorCode);
    this.requestId = identifierOf(details.requestId);
    this.retryable = details.retryable ?? RETRYABLE_BY_KIND[details.kind];
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.maybeSent = details.maybeSent ?? true;
  }
}
