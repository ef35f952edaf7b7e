import { type VendorError, type VendorErrorKind } from '../../../datasources/transport/errors.js';

/** A vendor's failure as an operator reads it. */
export interface Failure {
  vendor: string;
  kind: VendorErrorKind;
  vendorCode: string | undefined;
  /** The vendor's own, for a ticket with them. */
  vendorRequestId: string | undefined;
  /** What it is, in our words: what to look at, where that is known. */
  cause: string;
  /** The system's or the HTTP client's code, e.g. ECONNREFUSED. */
  errorCode: string | undefined;
  times: number;
}

/** A request about a hundred people fails in few ways, and rarely in more. */
const MAX_FAILURES = 8;
const ERROR_CODE = /^[A-Z][A-Z0-9_]{1,40}$/;

/** Adds a failure, or counts it where the request has failed the same way before. */
export function addFailure(failures: Failure[], error: VendorError): void {
  const { vendor, kind, vendorCode, requestId: vendorRequestId, message: cause } = error;
  const same = failures.find((one) => one.vendor === vendor && one.cause === cause && one.vendorCode === vendorCode);
  if (same) same.times += 1;
  else if (failures.length < MAX_FAILURES)
    failures.push({ vendor, kind, vendorCode, vendorRequestId, cause, errorCode: errorCodeOf(error), times: 1 });
}

function errorCodeOf({ cause }: VendorError): string | undefined {
  const code: unknown = cause instanceof Error ? (cause as { code?: unknown }).code : undefined;
  return typeof code === 'string' && ERROR_CODE.test(code) ? code : undefined;
}

type Severity = 'info' | 'warn' | 'error';

const SEVERITY: Record<VendorErrorKind, Severity> = {
  // The vendor's no, and what nobody configured: what clients are to expect.
  rejected: 'info',
  disabled: 'info',
  timeout: 'warn',
  unavailable: 'warn',
  throttled: 'warn',
  protocol: 'warn',
  // Nobody but the operator can mend it.
  misconfigured: 'error',
};

export function severityOf(failures: readonly Failure[]): Severity {
  const all = failures.map(({ kind }) => SEVERITY[kind]);
  if (all.includes('error')) return 'error';
  return all.includes('warn') ? 'warn' : 'info';
}
