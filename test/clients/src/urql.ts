import { Client, fetchExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { People, Rename, Wallet } from './documents.js';
import { given, report } from './program.js';

const { url, goodId, throttledId } = given;

const asked = await fetch(url, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query: getIntrospectionQuery() }),
});
const { data: schema } = (await asked.json()) as { data: IntrospectionQuery };

const warnings: string[] = [];
/** Parts of what they belong to, which have no key of their own. */
const part = () => null;

const client = new Client({
  url,
  preferGetMethod: false,
  exchanges: [
    cacheExchange({
      schema,
      keys: {
        ExchangeCode: ({ code }) => code as string,
        IdentityCheckStart: part,
        IdentityRefusal: part,
        LinkedAccounts: part,
        Money: part,
        PageInfo: part,
        PersonConnection: part,
        PersonEdge: part,
        Voucher: part,
      },
      resolvers: { Query: { directory: relayPagination() } },
      logger: (_severity, message) => warnings.push(message),
    }),
    fetchExchange,
  ],
});

const good = await client.query(Wallet, { id: goodId, codes: ['WELCOME2026'] });
const partial = await client.query(Wallet, { id: throttledId, codes: [] });
const again = await client.query(Wallet, { id: goodId, codes: ['WELCOME2026'] }, { requestPolicy: 'cache-only' });

const pages: number[] = [];
let after: string | null | undefined;
do {
  const { data } = await client.query(People, { first: 5, ...(after != null && { after }) });
  pages.push(data?.directory?.edges.length ?? 0);
  after = data?.directory?.pageInfo.hasNextPage ? data.directory.pageInfo.endCursor : undefined;
} while (after != null);

const nameKept = async () => {
  const { data } = await client.query(Wallet, { id: goodId, codes: ['WELCOME2026'] }, { requestPolicy: 'cache-only' });
  return data?.person?.maskedName;
};
const before = await nameKept();
await client.mutation(Rename, { id: goodId, name: '陈明' });
const renamed = await nameKept();
await client.mutation(Rename, { id: goodId, name: '张三' });

report({
  good: { name: good.data?.person?.maskedName, cards: good.data?.person?.giftCards?.length, kept: again.data != null },
  partial: {
    name: partial.data?.person?.maskedName,
    voucher: partial.data?.person?.voucher,
    cards: partial.data?.person?.giftCards,
    codes: partial.error?.graphQLErrors.map(({ extensions }) => extensions['code']),
  },
  pages,
  renamed: [before, renamed],
  warnings,
});
