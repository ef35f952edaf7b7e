import { type Context } from '../context.js';
import { type Scope } from '../graph/access.js';
import { keyOf } from '../graph/federation.js';
import { DirectoryResolver, PersonConnectionResolver } from '../resolvers/person/directory.js';
import { Person } from '../resolvers/person/person.js';
import { fieldsForVendors } from '../resolvers/person/needs.js';
import { PersonProfileResolver } from '../resolvers/person/profile.js';
import { type ExampleOperation, type GraphModule } from './module.js';

const SCOPES_OF_A_PERSON: readonly Scope[] = ['person:read', 'person:pii'];

const EXAMPLES: readonly ExampleOperation[] = [
  {
    name: 'The directory',
    query: `query {
  directory(first: 5) {
    totalCount
    edges { node { id maskedName maskedMobile } }
    pageInfo { hasNextPage endCursor }
  }
}
`,
  },
  {
    name: 'Whoever asks',
    query: `# The person of the token. Choose somebody under "Ask as": without a token there is nobody.
query {
  me { id name mobile email createdAt }
}
`,
  },
  {
    name: 'One person',
    query: { ofPerson: '{\n  name\n  mobile\n  accounts { moziId zvcmsUserId alipayUserId alipayOpenId }\n}' },
  },
  {
    name: 'Register somebody',
    query: `mutation ($input: PersonInput!) {
  registerPerson(input: $input) { id maskedName maskedMobile createdAt }
}
`,
    variables: { input: { name: '林新来', email: 'newcomer@example.com' } },
  },
];

/** Our own directory, and what it tells the vendors' subgraphs of a person. */
export function peopleModule(vendors: readonly GraphModule[]): GraphModule {
  const openingAPerson = [...SCOPES_OF_A_PERSON, ...vendors.flatMap(({ scopesOfAPerson }) => scopesOfAPerson)];
  return {
    name: 'people',
    examples: EXAMPLES,
    scopes: {
      'person:read': 'any person, with masked fields and linked accounts',
      'person:pii': 'also name, mobile, e-mail and id number',
      'person:write': 'registering, changing and forgetting people',
      'directory:read': 'the directory, and looking people up by a linked account',
    },
    scopesOfAPerson: SCOPES_OF_A_PERSON,
    subgraph: {
      resolvers: [DirectoryResolver, PersonConnectionResolver, PersonProfileResolver],
      routerResolvers: vendors.flatMap(({ needs }) => (needs ? [fieldsForVendors(needs)] : [])),
      entities: {
        Person: async (representation, context: Context) => {
          const id = keyOf(representation, 'id');
          // Whether a person exists is told only to those who may see something of them; each field then refuses the others.
          if (!context.caller.may(openingAPerson, id)) return new Person(id);
          const record = await context.person(id);
          return record && new Person(record.id, { record });
        },
      },
    },
  };
}
