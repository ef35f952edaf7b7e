import { Ctx, FieldResolver, ID, Resolver, Root } from 'type-graphql';
import { type Context } from '../../context.js';
import { type PersonData } from '../../datasources/people/index.js';
import { type Scope } from '../../graph/access.js';
import { Federation } from '../../graph/federation.js';
import { type ResolverClass } from '../../graph/schema.js';
import { Person } from './person.js';
import { broughtByRouter, isVouchedFor } from './representation.js';

/** One thing that a vendor must be told of a person. */
interface PersonNeed {
  /** Where our directory has it. */
  from: keyof PersonData;
  /** Said alike in both subgraphs, or composition hints at it. */
  description: string;
  /** An opaque id rather than a text. */
  id?: true;
}

/** What a vendor's fields of a person need of that person, by the names that a router asks our people, or yours, for it. */
export interface PersonNeeds<Name extends string = string> {
  /** Opens the vendor's fields, and with them these. */
  scope: Scope;
  fields: Readonly<Record<Name, PersonNeed>>;
}

export const namesOf = <Name extends string>({ fields }: PersonNeeds<Name>): Name[] => Object.keys(fields) as Name[];

/**
 * From the router where it brought them, else from the directory; null where neither knows the person. Of a person for
 * whom a proven router vouches, what it did not bring is null: that they lack it is for the vendor's field to say.
 */
export async function needsOf<Name extends string>(
  needs: PersonNeeds<Name>,
  person: Person,
  context: Context,
): Promise<Record<Name, string | null> | null> {
  const names = namesOf(needs);
  const brought = broughtByRouter(person, context, needs.scope, names);
  if (brought) return brought;
  const record = person.record ?? (await context.person(person.id));
  if (!record && !isVouchedFor(person, context)) return null;
  const found: Partial<Record<Name, string | null>> = {};
  for (const name of names) found[name] = record?.[needs.fields[name].from] ?? null;
  return found as Record<Name, string | null>;
}

/** Stand-ins, in the vendor's own subgraph, for the fields that the router fetches elsewhere. */
export function standInsFor(needs: PersonNeeds): ResolverClass {
  return personResolver(needs, '@external', () => null);
}

/**
 * The same fields where people are served: told to the router for the vendors, and to nobody else, since whoever may
 * have a voucher issued may not therefore read a name. Who may not see the vendor's field gets null here and the refusal
 * there: an error of this field would reach the client by a name that the client's schema does not have.
 */
export function fieldsForVendors(needs: PersonNeeds): ResolverClass {
  return personResolver(needs, '@inaccessible', async (person, context, name, { from, id }) => {
    const allowed = context.fromRouter && context.caller.may([needs.scope], person.id);
    // An id tells nobody who it is; everything else is personal data, and leaves a line.
    if (!id) {
      context.audit.add({
        who: context.caller.subject ?? 'anonymous',
        kind: 'pii',
        field: `Person.${name}`,
        person: person.id,
        verdict: allowed ? 'allowed' : 'refused',
      });
    }
    if (!allowed) return null;
    return (person.record ?? (await context.person(person.id)))?.[from] ?? null;
  });
}

type Resolve = (
  person: Person,
  context: Context,
  name: string,
  need: PersonNeed,
) => string | null | Promise<string | null>;

/** A resolver class of Person with one field a need: what TypeGraphQL's decorators would say if the fields were written out. */
function personResolver({ fields }: PersonNeeds, directive: string, resolve: Resolve): ResolverClass {
  class NeedsResolver {}
  Resolver(() => Person)(NeedsResolver);
  for (const [name, need] of Object.entries(fields)) {
    const descriptor: TypedPropertyDescriptor<(person: Person, context: Context) => unknown> = {
      value: (person, context) => resolve(person, context, name, need),
    };
    Object.defineProperty(NeedsResolver.prototype, name, descriptor);
    Root()(NeedsResolver.prototype, name, 0);
    Ctx()(NeedsResolver.prototype, name, 1);
    const type = need.id ? ID : String;
    FieldResolver(() => type, { nullable: true, description: need.description })(
      NeedsResolver.prototype,
      name,
      descriptor,
    );
    Federation(directive)(NeedsResolver.prototype, name, descriptor);
  }
  return NeedsResolver;
}
