import { type GraphQLSchema, parse, validate } from 'graphql';
import { type GraphModule, SOMEBODY } from '../../modules/index.js';
import { type ReadyOperation } from './browser/page-data.js';

/** The parts' operations, as far as this schema answers them: one subgraph alone has less than the whole. */
export function readyOperations(
  schema: GraphQLSchema,
  parts: readonly Pick<GraphModule, 'name' | 'examples'>[],
): ReadyOperation[] {
  const operations = parts.flatMap(({ name: part, examples = [] }) =>
    examples.map(({ name, query, variables }) => ({
      part,
      name,
      ...(typeof query === 'string' ? { query, ...(variables && { variables }) } : ofPerson(schema, query.ofPerson)),
    })),
  );
  return operations.filter(({ query }) => validate(schema, parse(query)).length === 0);
}

/** A subgraph without the people knows a person as a router would name them. */
function ofPerson(schema: GraphQLSchema, selection: string): Pick<ReadyOperation, 'query' | 'variables'> {
  return schema.getQueryType()?.getFields()['person']
    ? { query: `query ($id: ID!) {\n  person(id: $id) ${indented(selection, 2)}\n}\n`, variables: { id: SOMEBODY } }
    : {
        query: `query ($person: _Any!) {\n  _entities(representations: [$person]) {\n    ... on Person ${indented(selection, 4)}\n  }\n}\n`,
        variables: { person: { __typename: 'Person', id: SOMEBODY } },
      };
}

const indented = (text: string, by: number) => text.replaceAll('\n', `\n${' '.repeat(by)}`);
