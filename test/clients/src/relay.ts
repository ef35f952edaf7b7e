import relay, { type ConcreteRequest, type GraphQLResponse, type OperationType } from 'relay-runtime';
import { given, report } from './program.js';
import {
  default as next,
  type documentsNextPeopleQuery,
} from './relay/__generated__/documentsNextPeopleQuery.graphql.js';
import { default as people, type documentsPeopleQuery } from './relay/__generated__/documentsPeopleQuery.graphql.js';
import {
  default as rename,
  type documentsRenameMutation,
} from './relay/__generated__/documentsRenameMutation.graphql.js';
import { default as wallet, type documentsWalletQuery } from './relay/__generated__/documentsWalletQuery.graphql.js';

const { commitMutation, ConnectionHandler, Environment, fetchQuery, Network, RecordSource, Store } = relay;
const { url, goodId, throttledId } = given;

const codes: unknown[] = [];
const environment = new Environment({
  network: Network.create(async ({ text }, variables) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: text, variables }),
    });
    const answer = (await response.json()) as GraphQLResponse & { errors?: { extensions: { code: string } }[] };
    codes.push(...(answer.errors ?? []).map(({ extensions }) => extensions.code));
    return answer;
  }),
  store: new Store(new RecordSource()),
});

const ask = <Query extends OperationType>(query: ConcreteRequest, variables: Query['variables']) =>
  fetchQuery<Query>(environment, query, variables).toPromise();

const good = await ask<documentsWalletQuery>(wallet, { id: goodId });
const partial = await ask<documentsWalletQuery>(wallet, { id: throttledId });

const pages: number[] = [];
let more = { hasNextPage: true, endCursor: undefined as string | undefined };
while (more.hasNextPage) {
  if (pages.length === 0) await ask<documentsPeopleQuery>(people, { first: 5 });
  else await ask<documentsNextPeopleQuery>(next, { first: 5, after: more.endCursor });
  environment.commitUpdate((store) => {
    const connection = ConnectionHandler.getConnection(store.getRoot(), 'documents_directory');
    pages.push(connection?.getLinkedRecords('edges')?.length ?? 0);
    const page = connection?.getLinkedRecord('pageInfo');
    more = { hasNextPage: page?.getValue('hasNextPage') === true, endCursor: page?.getValue('endCursor') as string };
  });
}

const nameKept = () => environment.getStore().getSource().get(goodId)?.['maskedName'];
const renameTo = (name: string) =>
  new Promise((onCompleted, onError) => {
    commitMutation<documentsRenameMutation>(environment, {
      mutation: rename,
      variables: { id: goodId, name },
      onCompleted,
      onError,
    });
  });
const before = nameKept();
await renameTo('陈明');
const renamed = nameKept();
await renameTo('张三');

report({
  good: { name: good?.person?.maskedName, cards: good?.person?.giftCards?.length },
  partial: {
    name: partial?.person?.maskedName,
    voucher: partial?.person?.voucher,
    cards: partial?.person?.giftCards,
    codes,
  },
  pages,
  renamed: [before, renamed],
});
