/** How an operation ended, by the worst of its errors. */
export type Outcome = 'ok' | 'refused' | 'vendor' | 'internal';

/** A vendor's no, and what is not configured here, are answers. */
const ANSWERS: readonly string[] = ['VENDOR_REJECTED', 'VENDOR_DISABLED'];

/**
 * `refused`: nothing but the client's own doing, and what clients are to expect. `vendor`: a vendor did not do its part.
 * `internal`: we did not.
 */
export function outcomeOf(codes: Readonly<Record<string, number>> | undefined): Outcome {
  if (!codes) return 'ok';
  if ('INTERNAL_SERVER_ERROR' in codes) return 'internal';
  return Object.keys(codes).some((code) => code.startsWith('VENDOR_') && !ANSWERS.includes(code))
    ? 'vendor'
    : 'refused';
}
