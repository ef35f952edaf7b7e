/** What went wrong with the database, told once for both engines. */
export type DatabaseErrorKind =
  /** Nobody answers, the login is refused, or the file cannot be opened. */
  | 'unavailable'
  /** The disk is full: nothing of the transaction was written. */
  | 'full'
  /** Another process held the lock for too long, or a deadlock was broken. The same work may succeed later. */
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
  full: 'has no room left on its disk',
  busy: 'is locked by other work',
  conflict: 'refused a value that must be unique',
  corrupt: 'is damaged or is not a database',
  failed: 'refused a statement',
};

const KIND_BY_CODE: Record<string, DriverErrorKind> = {
  SQLITE_FULL: 'full',
  SQLITE_BUSY: 'busy',
  SQLITE_LOCKED: 'busy',
  SQLITE_CANTOPEN: 'unavailable',
  SQLITE_IOERR: 'unavailable',
  SQLITE_READONLY: 'unavailable',
  SQLITE_PERM: 'unavailable',
  SQLITE_NOTADB: 'corrupt',
  SQLITE_CORRUPT: 'corrupt',
  SQLITE_CONSTRAINT_UNIQUE: 'conflict',
  SQLITE_CONSTRAINT_PRIMARYKEY: 'conflict',
  '23505': 'conflict',
  '40001': 'busy',
  '40P01': 'busy',
  '55P03': 'busy',
  '53100': 'full',
  ENOSPC: 'full',
  // The database named in the URL does not exist.
  '3D000': 'unavailable',
  XX001: 'corrupt',
  XX002: 'corrupt',
};

function kindOf(code: string | undefined, message: string): DriverErrorKind {
  if (code !== undefined) {
    const exact = KIND_BY_CODE[code] ?? KIND_BY_CODE[/^SQLITE_[A-Z]+/.exec(code)?.[0] ?? ''];
    if (exact) return exact;
    // System errors of the socket or file, and PostgreSQL's classes: connection, login, resources, shutdown.
    if (/^(E[A-Z_]+|08...|28...|53...|57P..)$/.test(code)) return 'unavailable';
    return 'failed';
  }
  // pg gives its own connection failures no code.
  return /connection|connect|pool/i.test(message) ? 'unavailable' : 'failed';
}

/** Puts a driver's error into our words. `where` names the database without its login. */
export function asDatabaseError(error: unknown, where: string): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const { code: rawCode, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const code = typeof rawCode === 'string' && rawCode !== '' ? rawCode : undefined;
  const kind = kindOf(code, typeof message === 'string' ? message : '');
  return new DatabaseError(kind, `the database ${where} ${WORDS[kind]}${code ? ` (${code})` : ''}`, { cause: error });
}
