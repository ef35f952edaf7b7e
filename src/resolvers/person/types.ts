import { Field, InputType, ObjectType } from 'type-graphql';
import { Federation } from '../../graph/federation.js';
import { withLinkedAccounts } from './linked-accounts.js';
import { Person } from './person.js';

/** Who a person is at each vendor; the directory's list of linked accounts says which fields there are. */
@ObjectType('LinkedAccounts', {
  description: "The vendors' own ids of a person, as far as they are known.",
  simpleResolvers: true,
})
export class LinkedAccounts {}
withLinkedAccounts(LinkedAccounts, ({ whose, purpose }) => `${whose}, ${purpose}.`);

@Federation('@shareable')
@ObjectType('PageInfo', { description: 'Where a page stands in the whole list.', simpleResolvers: true })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there is more after this page.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether there is something before this page.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: "The first edge's cursor; null on an empty page." })
  startCursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The last edge's cursor, to be given as `after`; null on an empty page.",
  })
  endCursor!: string | null;
}

@ObjectType('PersonEdge', { description: 'A person in the list, with its place.', simpleResolvers: true })
export class PersonEdge {
  @Field(() => Person, { description: 'The person.' })
  node!: Person;

  @Field(() => String, { description: 'To be given as `after` to go on behind this person.' })
  cursor!: string;
}

@ObjectType('PersonConnection', {
  description: 'One page of the directory, oldest person first.',
  simpleResolvers: true,
})
export class PersonConnection {
  @Field(() => [PersonEdge], { description: 'The people of this page.' })
  edges!: PersonEdge[];

  @Field(() => PageInfo, { description: 'Where the page stands.' })
  pageInfo!: PageInfo;

  /** Counts everyone who matches, where somebody asks: see DirectoryResolver. */
  count!: () => Promise<number | null>;
}

/** What both inputs take. No field mentions this type, so it is in no schema. */
@InputType('OptionalPersonFields')
abstract class OptionalPersonFields {
  @Field(() => String, {
    nullable: true,
    description: 'A Chinese mobile number, with or without +86; kept as its 11 digits.',
  })
  mobile?: string | null;

  @Field(() => String, { nullable: true, description: 'An e-mail address.' })
  email?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The 18 characters of the id card (身份证号), check digit included.',
  })
  idNumber?: string | null;
}
withLinkedAccounts(OptionalPersonFields);

@InputType('PersonInput', { description: 'A person as given by a client.' })
export class PersonInput extends OptionalPersonFields {
  @Field(() => String, { description: 'The name as on the id card; 1–64 characters.' })
  name!: string;
}

@InputType('UpdatePersonInput', {
  description: 'What changes of a person: what is left out stays as it is, null removes it.',
})
export class UpdatePersonInput extends OptionalPersonFields {
  @Field(() => String, {
    nullable: true,
    description: 'The name as on the id card; 1–64 characters. It cannot be removed.',
  })
  name?: string | null;
}
