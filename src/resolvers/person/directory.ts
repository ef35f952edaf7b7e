import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type Context } from '../../context.js';
import {
  type AccountKind,
  AccountTakenError,
  InvalidFieldError,
  type PersonRecord,
} from '../../datasources/people/index.js';
import { Access } from '../../graph/access.js';
import { Cost } from '../../graph/guard/cost.js';
import { badInput, errorMapper, publicError, when } from '../../graph/errors.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import { withLinkedAccounts } from './linked-accounts.js';
import { Person } from './person.js';
import { PersonConnection, PersonInput, UpdatePersonInput } from './types.js';

export const MAX_IDS = 100;
const DEFAULT_FIRST = 20;
const MAX_SEARCH_CHARACTERS = 64;

/** The directory's refusals as public errors. */
const mapDomainErrors = errorMapper(
  when(AccountTakenError, ({ kind }) => publicError('CONFLICT', `${kind} belongs to another person`, { field: kind })),
  when(InvalidFieldError, ({ field, problems }) => badInput(field, problems[0].message)),
);

const searches = ({ search }: { search?: string | null }) => Boolean(search?.trim());

@ArgsType()
class PersonByArgs {
  @Field(() => String, { nullable: true, description: 'A Chinese mobile number, with or without +86.' })
  mobile?: string | null;

  @Field(() => String, { nullable: true, description: 'An e-mail address.' })
  email?: string | null;
}
withLinkedAccounts(PersonByArgs);

/** The directory's queries and mutations. */
@Resolver()
export class DirectoryResolver {
  @Access({ scopes: [] })
  @Query(() => Person, {
    nullable: true,
    description: "The signed-in person: the one whose id is the token's subject.",
  })
  async me(@Ctx() context: Context): Promise<Person | null> {
    const { subject } = context.caller;
    return subject === undefined ? null : shown(await context.person(subject));
  }

  @Access({ scopes: ['person:read'], owner: (_root, args: { id: string }) => args.id })
  @Query(() => Person, {
    nullable: true,
    description: 'One person; null where unknown.',
  })
  async person(
    @Arg('id', () => ID, { description: "The person's id." }) id: string,
    @Ctx() context: Context,
  ): Promise<Person | null> {
    return shown(await context.person(id));
  }

  @Access({ scopes: ['directory:read'] })
  @Query(() => Person, {
    nullable: true,
    description:
      'Looked up by exactly one linked account; none or several given is BAD_USER_INPUT. Shows the person as person:read does.',
  })
  async personBy(@Args(() => PersonByArgs) args: PersonByArgs, @Ctx() context: Context): Promise<Person | null> {
    const given = Object.entries(args).filter(([, value]) => value !== null && value !== undefined) as [
      AccountKind,
      string,
    ][];
    const [only] = given;
    if (!only || given.length > 1) throw badInput('personBy', 'takes exactly one of its arguments');
    return shown(await mapDomainErrors(context.people.findByAccount(...only)));
  }

  @Access({ scopes: ['person:read'], inResolver: true })
  @Cost({ size: ({ ids }: { ids: string[] }) => ids.length })
  @Query(() => [Person], {
    nullable: 'itemsAndList',
    description: `In the order asked, null where unknown; at most ${MAX_IDS}. Without the scope all but the own id are refused.`,
  })
  people(
    @Arg('ids', () => [ID], { description: 'Ids of people, in any order.' }) ids: string[],
    @Ctx() context: Context,
  ): Promise<Person | Error | null>[] {
    if (ids.length > MAX_IDS) throw badInput('ids', `takes at most ${MAX_IDS}`);
    return ids.map(async (id) => {
      context.caller.require(['person:read'], id);
      return shown(await context.person(id));
    });
  }

  @Access({ scopes: ['directory:read'], audit: { kind: 'search', when: searches } })
  @Cost<{ first: number | null; search?: string | null }>({
    size: ({ first }) => first ?? DEFAULT_FIRST,
    searches: (args) => Number(searches(args)),
  })
  @Query(() => PersonConnection, {
    nullable: true,
    description: 'The directory, for staff, oldest person first. Shows its people as person:read does.',
  })
  async directory(
    @Arg('first', () => Int, { nullable: true, defaultValue: DEFAULT_FIRST, description: 'How many people, 1–100.' })
    given: number | null,
    @Arg('after', () => String, { nullable: true, description: 'A cursor: the page starts behind it.' })
    after: string | null | undefined,
    @Arg('search', () => String, {
      nullable: true,
      description: "A part of a name, a whole mobile number or e-mail address, or a mobile number's last four digits.",
    })
    search: string | null | undefined,
    @Ctx() context: Context,
  ): Promise<PersonConnection> {
    const first = given ?? DEFAULT_FIRST;
    if (first < 1 || first > 100) throw badInput('first', 'must be from 1 to 100');
    if (search && search.length > MAX_SEARCH_CHARACTERS)
      throw badInput('search', `takes at most ${MAX_SEARCH_CHARACTERS} characters`);
    const page = await mapDomainErrors(
      context.people.page({
        first,
        ...(after != null && { afterId: decodeCursor(after) }),
        ...(search?.trim() && { search }),
      }),
    );
    const edges = page.people.map((record) => ({ node: Person.shown(record), cursor: encodeCursor(record.id) }));
    return {
      edges,
      count: () => context.people.count(search),
      pageInfo: {
        hasNextPage: page.hasNextPage,
        hasPreviousPage: page.hasPreviousPage,
        startCursor: edges.at(0)?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
    };
  }

  @Access({ scopes: ['person:write'] })
  @Mutation(() => Person, {
    description: 'Adds a person. A linked account that belongs to somebody else is CONFLICT.',
  })
  async registerPerson(
    @Arg('input', () => PersonInput, { description: 'Who.' }) input: PersonInput,
    @Ctx() context: Context,
  ): Promise<Person> {
    return Person.shown(await mapDomainErrors(context.people.register(input)));
  }

  @Access({ scopes: ['person:write'] })
  @Mutation(() => Person, {
    description: 'Changes a person: what is left out stays, null removes. NOT_FOUND where unknown.',
  })
  async updatePerson(
    @Arg('id', () => ID, { description: "The person's id." }) id: string,
    @Arg('input', () => UpdatePersonInput, { description: 'What changes.' }) input: UpdatePersonInput,
    @Ctx() context: Context,
  ): Promise<Person> {
    const record = await mapDomainErrors(context.people.update(id, input));
    if (!record) throw unknownPerson();
    return Person.shown(record);
  }

  @Access({ scopes: ['person:write'] })
  @Mutation(() => Boolean, {
    description:
      'Erases the person and every stored trace of them; the identity checks keep only their verdict. NOT_FOUND where unknown.',
  })
  async forgetPerson(
    @Arg('id', () => ID, { description: "The person's id." }) id: string,
    @Ctx() context: Context,
  ): Promise<boolean> {
    if (!(await context.people.forget(id))) throw unknownPerson();
    return true;
  }
}

@Resolver(() => PersonConnection)
export class PersonConnectionResolver {
  /** A field of its own, since counting costs a query that most pages do not need. */
  @FieldResolver(() => Int, {
    nullable: true,
    description:
      'How many people match in all; null where counting would mean reading more than ten thousand people. Counted only where asked for.',
  })
  totalCount(@Root('count') count: PersonConnection['count']): Promise<number | null> {
    return count();
  }
}

const shown = (record: PersonRecord | null): Person | null => record && Person.shown(record);
const unknownPerson = () => publicError('NOT_FOUND', 'There is no such person');
