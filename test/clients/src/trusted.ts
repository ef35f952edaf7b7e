import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { parse } from 'graphql';
import { People, Wallet } from './documents.js';
import { given, report } from './program.js';

const { url, goodId } = given;

/** As a release does it: the text stays behind, only its hash is sent. */
const sent: unknown[] = [];
const client = new ApolloClient({
  link: ApolloLink.from([
    new PersistedQueryLink({
      generateHash: (document) => (document as { __meta__?: { hash?: string } }).__meta__?.hash ?? '0'.repeat(64),
      // The server knows the document or never will: the text is not sent after it.
      disable: () => false,
      retry: () => false,
    }),
    new HttpLink({
      uri: url,
      fetch: (input, init) => {
        sent.push(Object.keys(JSON.parse(String(init?.body)) as object));
        return fetch(input, init);
      },
    }),
  ]),
  cache: new InMemoryCache(),
});

const wallet = await client.query({ query: Wallet, variables: { id: goodId, codes: ['WELCOME2026'] } });
const people = await client.query({ query: People, variables: { first: 1 } });
const unknown = await client.query({ query: parse('{ me { id } }'), errorPolicy: 'all' });

report({
  name: wallet.data?.person?.maskedName,
  total: people.data?.directory?.totalCount,
  refused: CombinedGraphQLErrors.is(unknown.error)
    ? unknown.error.errors.map(({ extensions }) => extensions?.['code'])
    : [],
  sent,
});
client.stop();
