import { Field, ID, ObjectType } from 'type-graphql';
import { type PersonRecord } from '../../datasources/people/index.js';
import { keyOf, type Representation, Federation } from '../../graph/federation.js';

/**
 * A person in one request. Every subgraph adds its fields to this type; here is only what all of them share.
 * `record` is there where the directory was asked, `representation` where a router brought what the vendors need.
 */
@Federation('@key(fields: "id")')
@ObjectType('Person', {
  description: 'Somebody whose credentials and entitlements the vendors hold.',
  simpleResolvers: true,
})
export class Person {
  @Field(() => ID, { description: 'Opaque and stable; the key of the person in a supergraph.' })
  readonly id: string;

  readonly record: PersonRecord | undefined;
  readonly representation: Representation | undefined;
  /** The field that led here has checked that the caller may see the person. */
  readonly shown: boolean;

  constructor(id: string, more: { record?: PersonRecord; representation?: Representation; shown?: boolean } = {}) {
    this.id = id;
    this.record = more.record;
    this.representation = more.representation;
    this.shown = more.shown ?? false;
  }

  static shown(record: PersonRecord): Person {
    return new Person(record.id, { record, shown: true });
  }
}

/** A person whom somebody else's subgraph may own: what the router brings of them is kept for the vendor's field. */
export const personFromRouter = (representation: Representation): Person =>
  new Person(keyOf(representation, 'id'), { representation });
