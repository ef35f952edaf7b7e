import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isObjectType,
} from 'graphql';
import { Extensions } from 'type-graphql';
import { audited, type AuditRule, type AuditTrail } from './audit.js';
import { publicError } from './errors.js';

/** The modules say which there are; each field is checked against their list when the graph is assembled. */
export type Scope = `${string}:${string}`;

/** Who asks, as far as a token says; made once a request. */
export class Caller {
  constructor(
    /** False where no token came, or one that does not hold; what was wrong with it is not told. */
    readonly authenticated: boolean,
    /** The person whose token it is. */
    readonly subject: string | undefined,
    private readonly scopes: Pick<ReadonlySet<string>, 'has'>,
  ) {}

  has(scope: Scope): boolean {
    return this.scopes.has(scope);
  }

  is(personId: string | null | undefined): boolean {
    return this.authenticated && this.subject !== undefined && this.subject === personId;
  }

  /** Whether one of the scopes, or being the owner, opens a thing. */
  may(scopes: readonly Scope[], ownerId?: string | null): boolean {
    return this.authenticated && (scopes.some((scope) => this.scopes.has(scope)) || this.is(ownerId));
  }

  /**
   * @param owner left out where nobody owns such things; undefined or null where nobody owns this one
   * @throws UNAUTHENTICATED or FORBIDDEN, in words that do not tell whether the thing exists
   */
  require(scopes: readonly Scope[], ...owner: [id?: string | null]): void {
    if (!this.may(scopes, ...owner)) throw this.refusal(scopes, owner.length > 0);
  }

  /** @param canBeOwn whether being the owner, too, would have opened it */
  refusal(scopes: readonly Scope[], canBeOwn = true): Error {
    if (!this.authenticated) return publicError('UNAUTHENTICATED', 'This needs a valid token');
    const own = canBeOwn ? ", or to be the person's own" : '';
    return publicError('FORBIDDEN', `This needs the scope ${scopes.join(' or ')}${own}`);
  }
}

export const EVERYONE = new Caller(true, undefined, { has: () => true });
export const NOBODY = new Caller(false, undefined, new Set());

/** `Root`, `Args` and `Answer` are the field's own; whoever reads the rule from the schema does not know them. */
interface AccessRule<Root = unknown, Args = unknown, Answer = unknown> {
  /** Any one of them opens the field. Empty: any valid token does. */
  scopes: readonly Scope[];
  /** The id of the person who may see the field as their own. */
  owner?: (root: Root, args: Args) => string | null | undefined;
  /** True where the field that led to this object has already checked that the caller may see it. */
  unless?: (root: Root) => boolean;
  /** The resolver itself asks `caller.require`, since only it knows whose each thing is. */
  inResolver?: true;
  /** Leaves a line in the audit log for each use, allowed or refused. */
  audit?: AuditRule<Root, Args, Answer>;
}

interface AccessContext {
  caller: Caller;
  audit: AuditTrail;
}

/** Says beside a field who may see it; enforced in this process and told in the schema, from this one place. */
export function Access<Root, Args, Answer>(rule: AccessRule<Root, Args, Answer>): MethodDecorator & PropertyDecorator {
  return Extensions({ access: rule });
}

export function accessRuleOf(field: { extensions: Readonly<Record<string, unknown>> }): AccessRule | undefined {
  return field.extensions['access'] as AccessRule | undefined;
}

/** Whether being the person that a field is about opens it as well. */
export const opensToOwner = (rule: AccessRule): boolean => rule.owner !== undefined || rule.inResolver === true;

/** Tells in each field's description what opens it, from the rule that is enforced. */
export function describeAccess(schema: GraphQLSchema): void {
  for (const [field, rule] of ruledFields(schema)) {
    const own = opensToOwner(rule) ? ', or being the person it is about' : '';
    const need = rule.scopes.length === 0 ? 'a valid token, and no scope' : rule.scopes.join(' or ') + own;
    field.description = `${field.description ?? ''} Needs ${need}.`.trim();
  }
}

/** Puts the check before the resolver of each field that has a rule; fields without one cost nothing. */
export function enforceAccess(schema: GraphQLSchema): void {
  for (const [field, rule, name] of ruledFields(schema)) {
    const guarded = guard(rule, field.resolve ?? defaultFieldResolver);
    field.resolve = rule.audit ? audited(rule.audit, name, guarded) : guarded;
  }
}

type Field = GraphQLField<unknown, AccessContext>;

/** Every field that has a rule, with it and with its name, `Type.field`. */
export function* ruledFields(schema: GraphQLSchema): Generator<[Field, AccessRule, name: string]> {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const rule = accessRuleOf(field);
      if (rule) yield [field, rule, `${type.name}.${field.name}`];
    }
  }
}

function guard(
  rule: AccessRule,
  resolve: GraphQLFieldResolver<unknown, AccessContext>,
): GraphQLFieldResolver<unknown, AccessContext> {
  return (root, args, context, info) => {
    const { caller } = context;
    if (!caller.authenticated) throw caller.refusal(rule.scopes);
    if (!rule.inResolver && rule.scopes.length > 0 && !rule.unless?.(root)) {
      if (rule.owner) caller.require(rule.scopes, rule.owner(root, args));
      else caller.require(rule.scopes);
    }
    return resolve(root, args, context, info);
  };
}
