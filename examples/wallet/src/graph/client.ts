import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, type Reference } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { map } from 'rxjs';

/** Longer than the server gives itself, so that its own answer about a slow vendor arrives first. */
const TIMEOUT_MS = 15_000;

/** Only here, in memory: what is in the browser's storage, any script of the page's origin could read later. */
const credentials: { token: string | null } = { token: null };

export function setToken(token: string | null): void {
  credentials.token = token;
}

const fetchInTime: typeof fetch = (input, init) => {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  return fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout });
};

const authorize = new SetContextLink(({ headers }) => ({
  headers: {
    ...(headers as Record<string, string> | undefined),
    ...(credentials.token !== null && { authorization: `Bearer ${credentials.token}` }),
  },
}));

/** `retryAfterSeconds` counts from the answer's arrival, which is known only here. */
const stampErrors = new ApolloLink((operation, forward) =>
  forward(operation).pipe(
    map((result) => {
      if (!('errors' in result)) return result;
      const receivedAt = Date.now();
      const stamped = result.errors.map((error) => ({ ...error, extensions: { ...error.extensions, receivedAt } }));
      return { ...result, errors: stamped };
    }),
  ),
);

type Checks = readonly Reference[] | null;
type People = { edges: readonly unknown[] } | null;

function createCache(): InMemoryCache {
  return new InMemoryCache({
    typePolicies: {
      Query: {
        fields: {
          directory: {
            keyArgs: ['search'],
            // Not Apollo's own policy for pages: it makes an empty page of a refusal, which is null here.
            merge: (existing: People | undefined, incoming: People, { args }): People =>
              args?.['after'] && existing && incoming
                ? { ...incoming, edges: [...existing.edges, ...incoming.edges] }
                : incoming,
          },
        },
      },
      Person: {
        fields: {
          // A page behind a check goes to the end of what is there; a first page takes its place.
          identityChecks: {
            keyArgs: false,
            merge: (existing: Checks | undefined, incoming: Checks, { args }): Checks =>
              args?.['after'] && existing && incoming ? [...existing, ...incoming] : incoming,
          },
          giftCards: { merge: false },
          giftCardBalance: { merge: false },
          accounts: { merge: true },
        },
      },
      // Nothing of these is the same thing twice: they are parts of what holds them.
      Voucher: { keyFields: false },
      Money: { keyFields: false },
      LinkedAccounts: { keyFields: false },
      IdentityRefusal: { keyFields: false },
      ExchangeCode: { keyFields: ['code'] },
    },
  });
}

export function createClient(): ApolloClient {
  return new ApolloClient({
    link: ApolloLink.from([authorize, stampErrors, new HttpLink({ uri: '/graphql', fetch: fetchInTime })]),
    cache: createCache(),
    // A failure nulls its own field and leaves the rest: without `all`, the rest would be thrown away here.
    defaultOptions: {
      watchQuery: { errorPolicy: 'all' },
      query: { errorPolicy: 'all' },
      mutate: { errorPolicy: 'all' },
    },
  });
}
