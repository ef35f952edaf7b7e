import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { DatabaseError, type DatabaseErrorKind } from '../database/errors.js';
import { VendorError, type VendorErrorKind } from '../datasources/transport/errors.js';
import { withoutValues } from './library-messages.js';

/** Codes that this server's own checks give; a vendor's failures have theirs by kind. */
const PUBLIC_CODES = [
  'PERSON_INCOMPLETE',
  'IDENTITY_CHECK_BUSY',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'NOT_FOUND',
  'CONFLICT',
  'OPERATION_TOO_COMPLEX',
  'OPERATION_NOT_TRUSTED',
] as const;
type PublicCode = (typeof PUBLIC_CODES)[number];

/** An error whose message and extensions were written for the client: neither may hold a value that somebody sent. */
export class PublicError extends GraphQLError {
  constructor(
    readonly code: PublicCode,
    message: string,
    extensions: Record<string, unknown> = {},
  ) {
    super(message, { extensions: { code, ...extensions } });
  }
}

export function publicError(code: PublicCode, message: string, extensions: Record<string, unknown> = {}): PublicError {
  return new PublicError(code, message, extensions);
}

/** The refusal of a whole operation before any of it ran. */
export function refusedOperation(code: PublicCode, message: string): PublicError {
  return new PublicError(code, message, { http: { status: 400 } });
}

export const badInput = (field: string, problem: string): PublicError =>
  publicError('BAD_USER_INPUT', `${field} ${problem}`, { field });

/** The public error for a domain error of one class; undefined for any other error. */
type ErrorMapping = (error: unknown) => PublicError | undefined;

/** One mapping of `errorMapper`: what a client is told where a datasource throws an error of this class. */
export function when<E extends Error>(
  domainError: abstract new (...args: never) => E,
  toPublic: (error: E) => PublicError,
): ErrorMapping {
  return (error) => (error instanceof domainError ? toPublic(error) : undefined);
}

/** Awaits what a datasource answers and throws its domain errors as public ones; other errors are thrown as they are. */
export function errorMapper(...mappings: readonly ErrorMapping[]): <T>(answer: Promise<T>) => Promise<T> {
  return async (answer) => {
    try {
      return await answer;
    } catch (error) {
      for (const mapping of mappings) {
        const mapped = mapping(error);
        if (mapped) throw mapped;
      }
      throw error;
    }
  };
}

const VENDOR_CODES = {
  timeout: 'VENDOR_TIMEOUT',
  unavailable: 'VENDOR_UNAVAILABLE',
  throttled: 'VENDOR_THROTTLED',
  rejected: 'VENDOR_REJECTED',
  misconfigured: 'VENDOR_MISCONFIGURED',
  protocol: 'VENDOR_PROTOCOL',
  disabled: 'VENDOR_DISABLED',
} as const satisfies Record<VendorErrorKind, string>;

/**
 * What clients are told to wait where a vendor limits us and does not say for how long. It is advice for people, who would
 * else press the button at once; nothing is kept from being asked by it.
 */
const UNTOLD_LIMIT_SECONDS = 60;

/**
 * What a client is told in words: nothing of how a vendor is set up here. What an operator can do stands in the log,
 * as the error's own message.
 */
const VENDOR_MESSAGES: Record<VendorErrorKind, string> = {
  timeout: 'did not answer in time',
  unavailable: 'cannot be reached, or failed, right now',
  throttled: 'is asked as often as it allows; try again later',
  rejected: 'refused this request',
  misconfigured: 'cannot be asked until its operator has mended something here',
  protocol: 'gave an answer that cannot be used',
  disabled: 'is not configured here',
};

function vendorExtensions(error: VendorError): Record<string, unknown> {
  const { kind, vendor, retryable, vendorCode, requestId } = error;
  const retryAfterSeconds = error.retryAfterSeconds ?? (kind === 'throttled' ? UNTOLD_LIMIT_SECONDS : undefined);
  return {
    code: VENDOR_CODES[kind],
    vendor,
    retryable,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(isToken(vendorCode) && { vendorCode }),
    ...(isToken(requestId) && { vendorRequestId: requestId }),
  };
}

/** A vendor writes these; what does not look like a code or an id may be a text about somebody. */
const isToken = (text: string | undefined): text is string => text !== undefined && /^[\w.:/-]{1,64}$/.test(text);

/** What the GraphQL library and its server say when a document, a variable or a request is wrong. */
const LIBRARY_CODES = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_USER_INPUT',
]);
/** Their messages are fixed texts. */
const REQUEST_CODES = new Set(['PERSISTED_QUERY_NOT_SUPPORTED', 'BAD_REQUEST']);
/** Told before anything of the graph is looked at. */
export const OVERLOADED = 'SERVER_OVERLOADED';

/** Every code that an answer can have. */
export const ERROR_CODES: readonly string[] = [
  ...new Set([
    ...Object.values(VENDOR_CODES),
    ...PUBLIC_CODES,
    ...LIBRARY_CODES,
    ...REQUEST_CODES,
    OVERLOADED,
    'INTERNAL_SERVER_ERROR',
  ]),
];

/** The innermost error that was thrown; GraphQL wraps one error in another on its way up. */
export function rootCause(error: unknown): unknown {
  let inner = error;
  while (inner instanceof GraphQLError && inner.originalError) inner = inner.originalError;
  return inner;
}

/** What the library says of wrong variables without a code: an argument that is null only with its variable, and "and so on". */
const WITHOUT_CODE = /^(Argument "|Too many errors processing variables)/;

/** The code of what the library says. */
function libraryCode(code: unknown, cause: unknown): string | undefined {
  if (!(cause instanceof GraphQLError)) return undefined;
  if (cause.extensions['code'] === undefined && WITHOUT_CODE.test(cause.message)) return 'BAD_USER_INPUT';
  return typeof code === 'string' ? code : undefined;
}

/** Whether an error is the client's own doing, or a refusal; anything else is ours and belongs into the log. */
export function isExpected(error: unknown): boolean {
  const cause = rootCause(error);
  if (cause instanceof PublicError) return true;
  const code = libraryCode(error instanceof GraphQLError ? error.extensions['code'] : undefined, cause);
  return code !== undefined && (LIBRARY_CODES.has(code) || REQUEST_CODES.has(code));
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
  if (cause instanceof VendorError) {
    const message = `${cause.vendor} ${VENDOR_MESSAGES[cause.kind]}`;
    return { message, ...place, extensions: vendorExtensions(cause) };
  }
  if (cause instanceof PublicError) {
    const extensions = { ...cause.extensions };
    delete extensions['http'];
    return { message: cause.message, ...place, extensions };
  }
  const message = cause instanceof DatabaseError ? DATABASE_MESSAGES[cause.kind] : undefined;
  if (message !== undefined)
    return { message, ...place, extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: true } };
  const code = libraryCode(formatted.extensions?.['code'], cause);
  if (code !== undefined && REQUEST_CODES.has(code)) return { message: formatted.message, extensions: { code } };
  if (code !== undefined && LIBRARY_CODES.has(code)) {
    return { message: withoutValues(formatted.message, code), ...place, extensions: { code } };
  }
  return { message: INTERNAL_MESSAGE, ...place, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
}

/** What a client may be told of the database's bad day */
const DATABASE_MESSAGES: Partial<Record<DatabaseErrorKind, string>> = {
  unavailable: 'The database cannot be reached right now',
  misconfigured: 'The database cannot be reached right now',
  readonly: 'The database only takes reads right now; nothing was changed',
  timeout: 'The database did not answer in time',
  full: 'The database has no room left; nothing was changed',
  busy: 'The database is busy; nothing was changed',
};

export const INTERNAL_MESSAGE = 'Something went wrong here; it has been logged';
