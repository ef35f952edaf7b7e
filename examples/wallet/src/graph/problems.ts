import { CombinedGraphQLErrors } from '@apollo/client/errors';

export const VENDORS = ['campus', 'zvcms', 'zhima'] as const;
export type Vendor = (typeof VENDORS)[number];

/** The graph's codes that have words of their own, and two that are ours: no answer at all, and any other code. */
export const LOCAL_CODES = [
  'VENDOR_TIMEOUT',
  'VENDOR_UNAVAILABLE',
  'VENDOR_THROTTLED',
  'VENDOR_REJECTED',
  'VENDOR_MISCONFIGURED',
  'VENDOR_PROTOCOL',
  'VENDOR_DISABLED',
  'PERSON_INCOMPLETE',
  'IDENTITY_CHECK_BUSY',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'NOT_FOUND',
  'CONFLICT',
  'OPERATION_TOO_COMPLEX',
  'OPERATION_NOT_TRUSTED',
  'OFFLINE',
  'OTHER',
] as const;
export type LocalCode = (typeof LOCAL_CODES)[number];

type Path = readonly (string | number)[];

/** One error of an answer, as far as the app makes use of it. */
export interface Problem {
  code: LocalCode;
  /** As the graph spelt it; another than `code` where the app has no words for it. */
  graphCode: string;
  vendor: Vendor | null;
  retryable: boolean;
  /** Milliseconds since the epoch by this device's clock: before that, asking again is in vain. */
  retryAt: number | null;
  vendorCode: string | null;
  requestId: string | null;
  missing: readonly string[];
  path: Path;
}

const ofOurs = (code: LocalCode): Problem => ({
  code,
  graphCode: code,
  vendor: null,
  retryable: true,
  retryAt: null,
  vendorCode: null,
  requestId: null,
  missing: [],
  path: [],
});

const OFFLINE = ofOurs('OFFLINE');
/** For an answer that holds neither what was asked for nor an error. */
export const NOTHING_THERE = ofOurs('OTHER');

/** Every problem of an answer; one that never arrived, or was no GraphQL answer, is a single OFFLINE. */
export function problemsOf(error: unknown): Problem[] {
  if (error === undefined || error === null) return [];
  if (!CombinedGraphQLErrors.is(error)) return [OFFLINE];
  return error.errors.map(({ extensions = {}, path = [] }) => {
    const graphCode = text(extensions['code']) ?? 'OTHER';
    const seconds = extensions['retryAfterSeconds'];
    const receivedAt = extensions['receivedAt'];
    const missing = extensions['missing'];
    return {
      code: LOCAL_CODES.find((known) => known === graphCode) ?? 'OTHER',
      graphCode,
      vendor: VENDORS.find((vendor) => vendor === extensions['vendor']) ?? null,
      retryable: extensions['retryable'] === true || graphCode === 'IDENTITY_CHECK_BUSY' || graphCode === 'OTHER',
      retryAt: typeof seconds === 'number' && typeof receivedAt === 'number' ? receivedAt + seconds * 1000 : null,
      vendorCode: text(extensions['vendorCode']),
      requestId: text(extensions['vendorRequestId']),
      missing: Array.isArray(missing) ? missing.filter((name) => typeof name === 'string') : [],
      path,
    };
  });
}

/**
 * The problem that keeps a field from being there: its own, or that of something around it. A problem below the field
 * (one code of a list, say) leaves the field itself.
 */
export function problemAt(error: unknown, ...path: Path): Problem | null {
  const isAround = (problem: Problem) => problem.path.every((step, at) => step === path[at]);
  return problemsOf(error).find((problem) => problem.path.length <= path.length && isAround(problem)) ?? null;
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
