import { GraphQLDateTime } from 'graphql-scalars';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { type Context } from '../../context.js';
import { type LinkedAccountKind, type PersonRecord } from '../../datasources/people/index.js';
import { Access } from '../../graph/access.js';
import { publicError } from '../../graph/errors.js';
import { Federation } from '../../graph/federation.js';
import { maskMobile, maskName } from './masking.js';
import { Person } from './person.js';
import { LinkedAccounts } from './types.js';

const isOwn = (person: Person) => person.id;
const pii = () =>
  Access({
    scopes: ['person:pii'],
    owner: isOwn,
    audit: { kind: 'pii', about: (person: Person) => ({ person: person.id }) },
  });
const visible = () => Access({ scopes: ['person:read'], owner: isOwn, unless: (person: Person) => person.shown });

async function recordOf(person: Person, context: Context): Promise<PersonRecord> {
  const record = person.record ?? (await context.person(person.id));
  if (!record) throw publicError('NOT_FOUND', 'The directory does not know this person any more');
  return record;
}

/** What the directory itself knows of a person. */
@Resolver(() => Person)
export class PersonProfileResolver {
  @pii()
  @Federation('@tag(name: "pii")')
  @FieldResolver(() => String, {
    nullable: true,
    description: 'The whole name.',
  })
  async name(@Root() person: Person, @Ctx() context: Context): Promise<string> {
    return (await recordOf(person, context)).name;
  }

  @pii()
  @Federation('@tag(name: "pii")')
  @FieldResolver(() => String, {
    nullable: true,
    description: 'The 11 digits.',
  })
  async mobile(@Root() person: Person, @Ctx() context: Context): Promise<string | null> {
    return (await recordOf(person, context)).mobile;
  }

  @pii()
  @Federation('@tag(name: "pii")')
  @FieldResolver(() => String, { nullable: true, description: 'The e-mail address.' })
  async email(@Root() person: Person, @Ctx() context: Context): Promise<string | null> {
    return (await recordOf(person, context)).email;
  }

  @pii()
  @Federation('@tag(name: "pii")')
  @FieldResolver(() => String, {
    nullable: true,
    description: 'The id card number.',
  })
  async idNumber(@Root() person: Person, @Ctx() context: Context): Promise<string | null> {
    return (await recordOf(person, context)).idNumber;
  }

  @visible()
  @FieldResolver(() => String, { description: 'The name as 张*.' })
  async maskedName(@Root() person: Person, @Ctx() context: Context): Promise<string> {
    return maskName((await recordOf(person, context)).name);
  }

  @visible()
  @FieldResolver(() => String, {
    nullable: true,
    description: 'The mobile number as 182****9090.',
  })
  async maskedMobile(@Root() person: Person, @Ctx() context: Context): Promise<string | null> {
    const { mobile } = await recordOf(person, context);
    return mobile === null ? null : maskMobile(mobile);
  }

  @visible()
  @FieldResolver(() => LinkedAccounts, {
    description: 'Who the person is at each vendor.',
  })
  async accounts(@Root() person: Person, @Ctx() context: Context): Promise<Record<LinkedAccountKind, string | null>> {
    return recordOf(person, context);
  }

  @visible()
  @FieldResolver(() => GraphQLDateTime, {
    description: 'When the person was registered.',
  })
  async createdAt(@Root() person: Person, @Ctx() context: Context): Promise<Date> {
    return (await recordOf(person, context)).createdAt;
  }

  @visible()
  @FieldResolver(() => GraphQLDateTime, {
    description: 'When the person was last changed.',
  })
  async updatedAt(@Root() person: Person, @Ctx() context: Context): Promise<Date> {
    return (await recordOf(person, context)).updatedAt;
  }
}
