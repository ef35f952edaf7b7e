import { randomUUID } from 'node:crypto';

const TOKEN = /^[A-Za-z0-9._-]{1,64}$/;
/** A mobile number or a certificate's: somebody's, whatever it was sent as. */
const NUMBER = /^\d{6,18}[\dXx]?$/;

/** The caller's id of the request where it is a plain token, else a new one. */
export function requestIdOf(given: string | string[] | undefined): string {
  return typeof given === 'string' && TOKEN.test(given) && !NUMBER.test(given) ? given : randomUUID();
}

/** Where a request comes from, by W3C Trace Context. */
export interface TraceParent {
  traceId: string;
  spanId: string;
  /** Bit 1: the caller records its part. */
  flags: number;
}

const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(?:-|$)/;

export function traceParentOf(header: string | string[] | undefined): TraceParent | undefined {
  if (typeof header !== 'string') return undefined;
  const [, traceId, spanId, flags] = TRACEPARENT.exec(header) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}
