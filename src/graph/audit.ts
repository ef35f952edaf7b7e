import { type GraphQLFieldResolver } from 'graphql';
import { validate as isUuid } from 'uuid';
import { PublicError, rootCause } from './errors.js';

export type AuditKind = 'pii' | 'identity-start' | 'identity-settle' | 'identity-check';

/** Who did what to whom. No field may hold personal data: ids are ours, and everything else comes from fixed lists. */
export interface AuditEntry {
  /** The token's subject. */
  who: string;
  kind: AuditKind;
  /** The field that was asked, e.g. `Person.mobile`. */
  field: string;
  /** The person whom it is about, null where that is not known. */
  person: string | null;
  /** The identity check that it is about. */
  check?: string | null;
  verdict: 'allowed' | 'refused';
  /** What came of it: the status of an identity check, or `FAILED`. */
  status?: string;
}

export type WriteAudit = (entry: AuditEntry) => void;

/** What an audited field tells of itself; without its answer where there was none. */
export interface AuditRule {
  kind: AuditKind;
  about: (
    root: never,
    args: never,
    answer: never,
  ) => { person?: unknown; check?: unknown; status?: string | undefined };
}

interface AuditContext {
  caller: { subject: string | undefined };
  audit: WriteAudit;
}

const REFUSALS: readonly string[] = ['UNAUTHENTICATED', 'FORBIDDEN'];

/** Writes a line for each use of a field, whether it was allowed or refused. `resolve` includes the access check. */
export function audited<Context extends AuditContext>(
  { kind, about }: AuditRule,
  field: string,
  resolve: GraphQLFieldResolver<unknown, Context>,
): GraphQLFieldResolver<unknown, Context> {
  return async (root, args: unknown, context, info) => {
    const write = (answer: unknown, outcome: Pick<AuditEntry, 'verdict' | 'status'>) => {
      const { person, check, status } = about(root as never, args as never, answer as never);
      context.audit({
        who: context.caller.subject ?? 'anonymous',
        kind,
        field,
        person: idOf(person),
        ...(kind !== 'pii' && { check: idOf(check) }),
        ...(status !== undefined && { status }),
        ...outcome,
      });
    };
    try {
      const answer: unknown = await resolve(root, args, context, info);
      write(answer, { verdict: 'allowed' });
      return answer;
    } catch (error) {
      const cause = rootCause(error);
      const refused = cause instanceof PublicError && REFUSALS.includes(cause.code);
      write(undefined, refused ? { verdict: 'refused' } : { verdict: 'allowed', status: 'FAILED' });
      throw error;
    }
  };
}

/** A client may send anything for an id; only what is one is written down. */
const idOf = (value: unknown): string | null => (isUuid(value) ? String(value) : null);
