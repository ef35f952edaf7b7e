import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { graphql } from 'graphql';
import { graphOf } from '../../src/modules/index.js';
import { EVERYONE } from '../../src/graph/access.js';
import { AuditTrail } from '../../src/graph/audit.js';
import { SQLITE } from '../engines.js';
import { type Directory, invented, newDirectory } from '../people/directory.js';

const { schema } = graphOf('people');
const NO_LOG = { lineOf: () => '', write: () => undefined };
let directory: Directory;
/** What was counted, by its search. */
const counted: (string | null | undefined)[] = [];
beforeAll(async () => {
  directory = await newDirectory(SQLITE);
  for (let number = 0; number < 3; number += 1) await directory.people.register(invented(number));
});
afterAll(() => directory.drop());

async function ask(selection: string, more?: number | null) {
  counted.length = 0;
  const count: typeof directory.people.count = async (search) => {
    counted.push(search);
    return more === undefined ? directory.people.count(search) : more;
  };
  const { data, errors } = await graphql({
    schema,
    source: `{ directory(search: "赵一鸣") { ${selection} } }`,
    contextValue: { caller: EVERYONE, audit: new AuditTrail(NO_LOG), people: { ...directory.people, count } },
  });
  expect(errors).toBeUndefined();
  return data?.['directory'];
}

it('a page is counted only where its total is asked for', async () => {
  expect(await ask('edges { node { id } } pageInfo { hasNextPage }')).toMatchObject({
    pageInfo: { hasNextPage: false },
  });
  expect(counted).toEqual([]);
  expect(await ask('totalCount @skip(if: true) pageInfo { hasPreviousPage }')).toEqual({
    pageInfo: { hasPreviousPage: false },
  });
  expect(counted).toEqual([]);
  expect(await ask('totalCount')).toEqual({ totalCount: 1 });
  expect(counted).toEqual(['赵一鸣']);
});

it('a total that is not counted is null beside its page', async () => {
  expect(await ask('totalCount edges { node { maskedMobile } }', null)).toEqual({
    totalCount: null,
    edges: [{ node: { maskedMobile: '139****0000' } }],
  });
});
