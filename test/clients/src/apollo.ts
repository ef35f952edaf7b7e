import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { People, Rename, Wallet } from './documents.js';
import { given, report } from './program.js';

const { url, goodId, throttledId } = given;

/** What has an `id` is known by it, without a word here. */
const client = new ApolloClient({
  link: new HttpLink({ uri: url }),
  cache: new InMemoryCache({
    typePolicies: {
      ExchangeCode: { keyFields: ['code'] },
      Query: { fields: { directory: relayStylePagination(['search']) } },
    },
  }),
});
const { cache } = client;

const good = await client.query({ query: Wallet, variables: { id: goodId, codes: ['WELCOME2026'] } });

const variables = { id: throttledId, codes: [] };
const partial = await client.query({ query: Wallet, variables, errorPolicy: 'all', fetchPolicy: 'network-only' });
const nothing = await client.query({ query: Wallet, variables, fetchPolicy: 'network-only' }).then(
  () => 'an answer',
  (error: unknown) => CombinedGraphQLErrors.is(error) && 'an error instead of the data',
);

const people = client.watchQuery({ query: People, variables: { first: 5 } });
const pages: number[] = [];
const subscription = people.subscribe(() => undefined);
await people.refetch();
for (let more = true; more;) {
  const directory = cache.readQuery({ query: People, variables: { first: 5 } })?.directory;
  pages.push(directory?.edges.length ?? 0);
  more = directory?.pageInfo.hasNextPage ?? false;
  if (more) await people.fetchMore({ variables: { after: directory?.pageInfo.endCursor ?? null } });
}

const before = cache.readQuery({ query: People, variables: { first: 5 } })?.directory?.edges[0]?.node.maskedName;
await client.mutate({ mutation: Rename, variables: { id: goodId, name: '陈明' } });
const after = cache.readQuery({ query: People, variables: { first: 5 } })?.directory?.edges[0]?.node.maskedName;
await client.mutate({ mutation: Rename, variables: { id: goodId, name: '张三' } });
subscription.unsubscribe();

const kept = Object.keys(cache.extract() as object);
report({
  good: { name: good.data?.person?.maskedName, cards: good.data?.person?.giftCards?.length },
  partial: {
    name: partial.data?.person?.maskedName,
    voucher: partial.data?.person?.voucher,
    cards: partial.data?.person?.giftCards,
    codes: CombinedGraphQLErrors.is(partial.error)
      ? partial.error.errors.map(({ extensions }) => extensions?.['code'])
      : [],
  },
  nothing,
  pages,
  renamed: [before, after],
  keys: kept.filter((key) => key.startsWith(`Person:${goodId}`) || /^(GiftCard|ExchangeCode|Voucher|Money):/.test(key)),
});
client.stop();
