/** What went wrong with the database, told once for both engines. */
export type DatabaseErrorKind =
  /** Nobody answers, or the file cannot be read or written. */
  | 'unavailable'
  /** What DATABASE_URL names is not there and cannot be made, or its login may not use it. */
  | 'misconfigured'
  /** It can be read and not written: a standby server, a read-only disk. */
  | 'readonly'
  /** A statement, its wait for a lock, or its wait for a connection took too long. */
  | 'timeout'
  /** The disk is full: nothing of the transaction was written. */
  | 'full'
  /** Another process held the file's lock for too long, or a deadlock was broken. The same work may succeed later. */
  | 'busy'
  /** A unique constraint was violated. */
  | 'conflict'
  /** DATA_KEY is not the key that the data were written with. */
  | 'key'
  /** A newer version changed the tables in a way that this one cannot live with. */
  | 'newer'
  /** The file is damaged, or a sealed value was altered. */
  | 'corrupt'
  /** Anything else: our own mistake in a query. */
  | 'failed';

/**
 * The one error of the storage layer. Its message is ours and names no value of a row and no password; the driver's
 * error is the `cause`, for logs.
 */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';

  constructor(
    readonly kind: DatabaseErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What a driver can tell; the others are our own findings. */
type DriverErrorKind = Exclude<DatabaseErrorKind, 'key' | 'newer'>;

const WORDS: Record<DriverErrorKind, string> = {
  unavailable: 'is not reachable',
  misconfigured: 'does not let its login do what it must',
  readonly: 'can be read only',
  timeout: 'did not answer in time',
  full: 'has no room left on its disk',
  busy: 'is locked by other work',
  conflict: 'refused a value that must be unique',
  corrupt: 'is damaged or is not a database',
  failed: 'refused a statement',
};

/** Where the kind alone does not tell what to do. */
const WORDS_BY_CODE: Record<string, string> = {
  '3D000': 'does not exist: create it, or mend DATABASE_URL',
  '28P01': 'refuses the login of DATABASE_URL',
  '28000': 'refuses the login of DATABASE_URL',
};

const KIND_BY_CODE: Record<string, DriverErrorKind> = {
  SQLITE_FULL: 'full',
  SQLITE_BUSY: 'busy',
  SQLITE_LOCKED: 'busy',
  SQLITE_CANTOPEN: 'unavailable',
  SQLITE_IOERR: 'unavailable',
  SQLITE_READONLY: 'readonly',
  SQLITE_PERM: 'unavailable',
  SQLITE_NOTADB: 'corrupt',
  SQLITE_CORRUPT: 'corrupt',
  SQLITE_CONSTRAINT_UNIQUE: 'conflict',
  SQLITE_CONSTRAINT_PRIMARYKEY: 'conflict',
  '23505': 'conflict',
  '40001': 'busy',
  '40P01': 'busy',
  // Cancelled by lock_timeout, statement_timeout, idle_in_transaction_session_timeout.
  '55P03': 'timeout',
  '57014': 'timeout',
  '25P03': 'timeout',
  '25006': 'readonly',
  '53100': 'full',
  ENOSPC: 'full',
  EROFS: 'readonly',
  // No such database, wrong password, no such login or none from here, no right to do it.
  '3D000': 'misconfigured',
  '28P01': 'misconfigured',
  '28000': 'misconfigured',
  '42501': 'misconfigured',
  XX001: 'corrupt',
  XX002: 'corrupt',
};

function kindOf(code: string | undefined, message: string): DriverErrorKind {
  if (code !== undefined) {
    const exact = KIND_BY_CODE[code] ?? KIND_BY_CODE[/^SQLITE_[A-Z]+/.exec(code)?.[0] ?? ''];
    if (exact) return exact;
    // System errors of the socket or file, and PostgreSQL's classes: connection, resources, shutdown.
    if (/^(E[A-Z_]+|08...|53...|57P..)$/.test(code)) return 'unavailable';
    return 'failed';
  }
  // pg gives its own failures no code. This one is of the pool: every connection was in use for too long.
  if (message === 'timeout exceeded when trying to connect') return 'timeout';
  return /connection|connect|pool/i.test(message) ? 'unavailable' : 'failed';
}

/** Puts a driver's error into our words. `where` names the database without its login. */
export function asDatabaseError(error: unknown, where: string): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const { code: rawCode, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const code = typeof rawCode === 'string' && rawCode !== '' ? rawCode : undefined;
  const kind = kindOf(code, typeof message === 'string' ? message : '');
  const words = WORDS_BY_CODE[code ?? ''] ?? WORDS[kind];
  return new DatabaseError(kind, `the database ${where} ${words}${code ? ` (${code})` : ''}`, { cause: error });
}
