// Before anything decorated is loaded: TypeGraphQL reads the types that it keeps.
import 'reflect-metadata';
import { type Context } from '../context.js';
import { campus } from '../datasources/campus/vendor.js';
import { type Vendor } from '../datasources/transport/vendor.js';
import { zhima } from '../datasources/zhima/vendor.js';
import { zvcms } from '../datasources/zvcms/vendor.js';
import { type Scope } from '../graph/access.js';
import { keyOf, type Representation } from '../graph/federation.js';
import { buildGraph, type Graph, type Subgraph } from '../graph/schema.js';
import { checkCode, ExchangeCodeResolver } from '../resolvers/exchange-code/resolver.js';
import { PersonForZvcmsResolver, PersonGiftCardsResolver } from '../resolvers/gift-card/resolver.js';
import {
  findCheck,
  IdentityCheckResolver,
  PersonIdentityChecksResolver,
} from '../resolvers/identity-check/resolver.js';
import { DirectoryResolver, PersonConnectionResolver } from '../resolvers/person/directory.js';
import { Person } from '../resolvers/person/person.js';
import { PersonForVendorsResolver, PersonProfileResolver } from '../resolvers/person/profile.js';
import {
  PersonForCampusResolver,
  PersonVoucherResolver,
  VoucherPictureResolver,
} from '../resolvers/voucher/resolver.js';

/** A person whom somebody else's subgraph may own: what the router brings of them is kept for the vendor's field. */
const personFromRouter = (representation: Representation) =>
  new Person(keyOf(representation, 'id'), { representation });

const OPENING_A_PERSON: readonly Scope[] = [
  'person:read',
  'person:pii',
  'voucher:read',
  'giftcard:read',
  'identity:read',
];

/** THE REGISTRY: which resolvers make up which subgraph. The same objects serve the whole graph or one part alone. */
export const SUBGRAPHS: readonly Subgraph[] = [
  {
    name: 'people',
    resolvers: [DirectoryResolver, PersonConnectionResolver, PersonProfileResolver],
    routerResolvers: [PersonForVendorsResolver],
    entities: {
      Person: async (representation, context: Context) => {
        const id = keyOf(representation, 'id');
        // Whether a person exists is told only to those who may see something of them; each field then refuses the others.
        if (!context.caller.may(OPENING_A_PERSON, id)) return new Person(id);
        const record = await context.person(id);
        return record && new Person(record.id, { record });
      },
    },
  },
  {
    name: 'campus',
    resolvers: [PersonVoucherResolver, VoucherPictureResolver],
    routerResolvers: [PersonForCampusResolver],
    entities: { Person: personFromRouter },
    orphanedTypes: [Person],
  },
  {
    name: 'zvcms',
    resolvers: [ExchangeCodeResolver, PersonGiftCardsResolver],
    routerResolvers: [PersonForZvcmsResolver],
    entities: {
      Person: personFromRouter,
      ExchangeCode: (representation, context: Context) => {
        context.caller.require(['exchange:read']);
        return checkCode(keyOf(representation, 'code'), context, 'code');
      },
    },
    orphanedTypes: [Person],
  },
  {
    name: 'zhima',
    resolvers: [IdentityCheckResolver, PersonIdentityChecksResolver],
    entities: {
      Person: personFromRouter,
      IdentityCheck: (representation, context: Context) => findCheck(keyOf(representation, 'id'), context),
    },
  },
];

/** Every vendor that the settings can switch on. */
export const VENDORS: readonly Vendor[] = [campus, zvcms, zhima];

/** The graph that a process serves: the whole, or one subgraph alone. */
export function graphOf(name: string): Graph {
  if (name === 'all') return buildGraph(SUBGRAPHS, false);
  const subgraph = SUBGRAPHS.find((one) => one.name === name);
  if (!subgraph) throw new Error(`There is no subgraph ${name}`);
  return buildGraph([subgraph], true);
}
