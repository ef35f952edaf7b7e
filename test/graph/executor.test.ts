import { expect, it } from '@jest/globals';
import { buildSchema, execute, getOperationAST, type GraphQLSchema, isObjectType, parse } from 'graphql';
import { executePlan } from '../../src/graph/executor/execute.js';
import { planQuery } from '../../src/graph/executor/plan.js';

const later = (error?: Error) =>
  new Promise((resolve, reject) => setTimeout(() => (error ? reject(error) : resolve('late')), 20));
const fail = (what: string) => () => {
  throw new Error(what);
};

/** Fields that fail or answer, at once or later, where null is allowed and where it is not. */
function schemaWithFaults(): GraphQLSchema {
  const schema = buildSchema(`
    type Query { thing: Thing things: [Thing!] maybe: [Thing] sure: Thing! }
    type Thing { now: String! later: String! failsLater: String! failsNow: String! maybe: String list: [String!] }
  `);
  const resolvers: Record<string, Record<string, () => unknown>> = {
    Query: {
      thing: () => ({}),
      things: () => [{}, later(new Error('an item')), {}],
      maybe: () => [null, {}],
      sure: () => ({}),
    },
    Thing: {
      now: () => 'now',
      later: () => later(),
      failsLater: () => later(new Error('later')),
      failsNow: fail('now'),
      maybe: fail('maybe'),
      list: () => ['a', null],
    },
  };
  for (const [type, fields] of Object.entries(resolvers)) {
    const named = schema.getType(type);
    if (!isObjectType(named)) throw new Error(`there is no ${type}`);
    for (const [name, resolve] of Object.entries(fields)) Object.assign(named.getFields()[name] ?? {}, { resolve });
  }
  return schema;
}

it.each([
  '{ thing { failsLater failsNow } }',
  '{ thing { later failsNow now } sure { failsLater failsNow } }',
  '{ sure { failsNow failsLater } thing { now } }',
  '{ things { now } maybe { maybe now } }',
  '{ maybe { failsLater maybe failsNow } thing { list maybe } }',
  '{ things { now } sure { maybe later now } }',
])('%s comes to what graphql-js makes of it, and no failure goes unheard', async (source) => {
  const unheard: unknown[] = [];
  const hear = (reason: unknown) => unheard.push(reason);
  process.on('unhandledRejection', hear);
  try {
    const schema = schemaWithFaults();
    const document = parse(source);
    const operation = getOperationAST(document);
    const plan = operation && planQuery(schema, document, operation, {});
    if (!plan) throw new Error('there is no plan');
    const ours = await executePlan(plan, {}, {});
    await later();
    expect(unheard).toEqual([]);
    const theirs = await execute({ schema, document });
    expect(JSON.parse(JSON.stringify(ours))).toEqual(JSON.parse(JSON.stringify(theirs)));
  } finally {
    await later();
    process.off('unhandledRejection', hear);
  }
});

it('hears what a list still brings where one of its items fails at once', async () => {
  const unheard: unknown[] = [];
  const hear = (reason: unknown) => unheard.push(reason);
  process.on('unhandledRejection', hear);
  const schema = schemaWithFaults();
  const document = parse('{ things { failsNow } }');
  const operation = getOperationAST(document);
  const plan = operation && planQuery(schema, document, operation, {});
  if (!plan) throw new Error('there is no plan');
  expect(await executePlan(plan, {}, {})).toMatchObject({ data: { things: null }, errors: [{ message: 'now' }] });
  await later();
  await later();
  process.off('unhandledRejection', hear);
  expect(unheard).toEqual([]);
});
