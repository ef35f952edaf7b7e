import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { VendorError, type VendorErrorKind } from '../datasources/kit/errors.js';

/** Codes that this server's own checks give; a vendor's failures have theirs by kind. */
export type PublicCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'BAD_USER_INPUT'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'PERSON_INCOMPLETE'
  | 'IDENTITY_CHECK_BUSY'
  | 'OPERATION_TOO_COMPLEX';

/** An error whose message and extensions were written for the client: neither may hold a value that somebody sent. */
export function publicError(code: PublicCode, message: string, extensions: Record<string, unknown> = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...extensions } });
}

export const badInput = (field: string, problem: string): GraphQLError =>
  publicError('BAD_USER_INPUT', `${field} ${problem}`, { field });

function vendorCode(kind: VendorErrorKind): string {
  switch (kind) {
    case 'timeout':
      return 'VENDOR_TIMEOUT';
    case 'unavailable':
      return 'VENDOR_UNAVAILABLE';
    case 'throttled':
      return 'VENDOR_THROTTLED';
    case 'rejected':
      return 'VENDOR_REJECTED';
    case 'misconfigured':
      return 'VENDOR_MISCONFIGURED';
    case 'protocol':
      return 'VENDOR_PROTOCOL';
    case 'disabled':
      return 'VENDOR_DISABLED';
  }
}

function vendorExtensions(error: VendorError): Record<string, unknown> {
  const { vendor, retryable, retryAfterSeconds, vendorCode: theirs, requestId } = error;
  return {
    code: vendorCode(error.kind),
    vendor,
    retryable,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(theirs === undefined ? {} : { vendorCode: theirs }),
    ...(requestId === undefined ? {} : { vendorRequestId: requestId }),
  };
}

/** What the GraphQL library itself says when a document or a variable is wrong. */
const LIBRARY_CODES = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'BAD_REQUEST',
]);

/** The innermost error that was thrown; GraphQL wraps one error in another on its way up. */
export function rootCause(error: unknown): unknown {
  let inner = error;
  while (inner instanceof GraphQLError && inner.originalError) inner = inner.originalError;
  return inner;
}

/**
 * The one way out for errors: a vendor's failure by its kind, our own refusals as written, the library's complaints
 * without the values that they quote, and anything else as an internal error that tells nothing.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const place = {
    ...(formatted.locations && { locations: formatted.locations }),
    ...(formatted.path && { path: formatted.path }),
  };
  const cause = rootCause(error);
  if (cause instanceof VendorError) return { message: cause.message, ...place, extensions: vendorExtensions(cause) };
  const code = formatted.extensions?.['code'];
  if (typeof code === 'string' && (LIBRARY_CODES.has(code) || cause instanceof GraphQLError)) {
    if (code === 'INTERNAL_SERVER_ERROR') return { message: INTERNAL_MESSAGE, ...place, extensions: { code } };
    const extensions = { ...formatted.extensions };
    delete extensions['stacktrace'];
    return { message: withoutQuotedValues(formatted.message), ...place, extensions };
  }
  return { message: INTERNAL_MESSAGE, ...place, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
}

export const INTERNAL_MESSAGE = 'Something went wrong here; it has been logged';

/** graphql-js quotes the values that it refuses: `Variable "$input" got invalid value { mobile: "…" }; …`. */
function withoutQuotedValues(message: string): string {
  return message
    .replace(/ got invalid value [^]*?(?= at "[\w.[\]]+"; |; (?=[A-Z]))/, ' got an invalid value')
    .replace(/(cannot represent (?:a |an )?[\w -]*(?:value|string|integer)?): [^]*$/, '$1')
    .replace(/, found [^]*$/, ', found something else')
    .replace(
      /^Syntax Error: (Unexpected|Expected [^]*?, found) (Name|String|Int|Float|BlockString) "[^]*?"/,
      'Syntax Error: $1 $2',
    );
}
