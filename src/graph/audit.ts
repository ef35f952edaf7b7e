import { type GraphQLFieldResolver } from 'graphql';
import { PublicError, rootCause } from './errors.js';

type AuditKind = 'pii' | 'search' | 'identity-start' | 'identity-settle' | 'identity-check';

/** Who did what to whom. The log writes ids that are not ours as keyed hashes; everything else comes from fixed lists. */
export interface AuditEntry {
  /** The token's subject. */
  who: string;
  kind: AuditKind;
  /** The field that was asked, e.g. `Person.mobile`. */
  field: string;
  /** The id of the person whom it is about, as it was given; null where it is about nobody known. */
  person: unknown;
  /** The id of the identity check that it is about. */
  check?: unknown;
  verdict: 'allowed' | 'refused';
  /** What came of it: the status of an identity check, or `FAILED`. */
  status?: string;
}

/** Where lines go. */
export interface AuditLog {
  /** The entry as the text that is written. */
  lineOf(entry: AuditEntry): string;
  /** Writes lines. @throws Error where that failed, whatever the reason */
  write(lines: string): void;
}

/** The lines of one request: gathered, and written in one go before its answer leaves. */
export class AuditTrail {
  private lines = '';

  constructor(private readonly log: AuditLog) {}

  add(entry: AuditEntry): void {
    this.lines += this.log.lineOf(entry);
  }

  /**
   * Writes what was gathered; to be asked before anything of the answer is sent.
   * @throws Error where it could not be written: then nothing may be shown
   */
  settle(): void {
    if (this.lines === '') return;
    this.log.write(this.lines);
    this.lines = '';
  }
}

/** What an audited field tells of itself. */
export interface AuditRule<Root = unknown, Args = unknown, Answer = unknown> {
  kind: AuditKind;
  /** Whether this use of the field is to leave a line. Default: each is. */
  when?: (args: Args) => boolean;
  /** @param answer undefined where the field was refused or failed */
  about?: (
    root: Root,
    args: Args,
    answer: Answer | undefined,
  ) => { person?: unknown; check?: unknown; status?: string | undefined };
}

interface AuditContext {
  caller: { subject: string | undefined };
  audit: AuditTrail;
}

const REFUSALS: readonly string[] = ['UNAUTHENTICATED', 'FORBIDDEN'];

/** Leaves a line for each use of a field, whether it was allowed or refused. `resolve` includes the access check. */
export function audited<Context extends AuditContext>(
  { kind, when, about }: AuditRule,
  field: string,
  resolve: GraphQLFieldResolver<unknown, Context>,
): GraphQLFieldResolver<unknown, Context> {
  const changes = kind.startsWith('identity');
  return async (root, args: unknown, context, info) => {
    if (when && !when(args)) return resolve(root, args, context, info);
    const leave = (answer: unknown, outcome: Pick<AuditEntry, 'verdict' | 'status'>) => {
      const { person = null, check = null, status } = about?.(root, args, answer) ?? {};
      context.audit.add({
        who: context.caller.subject ?? 'anonymous',
        kind,
        field,
        person,
        ...(changes && { check }),
        ...(status !== undefined && { status }),
        ...outcome,
      });
      // What has been done stays done: its line must not wait for the rest of the operation.
      if (changes) context.audit.settle();
    };
    let answer: unknown;
    try {
      answer = await resolve(root, args, context, info);
    } catch (error) {
      const cause = rootCause(error);
      const refused = cause instanceof PublicError && REFUSALS.includes(cause.code);
      leave(undefined, refused ? { verdict: 'refused' } : { verdict: 'allowed', status: 'FAILED' });
      throw error;
    }
    leave(answer, { verdict: 'allowed' });
    return answer;
  };
}
