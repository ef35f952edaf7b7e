// Mercurius with graphql-jit from the first request on; its own loaders gather the vouchers of a request.
import fastify from 'fastify';
import mercurius from 'mercurius';
import { maskMobile, maskName, people } from './people.mjs';
import { typeDefs } from './schema.mjs';
import { exchangeCode, giftCards, vouchers } from './vendors.mjs';

const app = fastify({ logger: false });
app.register(mercurius, {
  schema: typeDefs,
  jit: 1,
  resolvers: {
    Query: {
      person: (_, { id }) => people.get(id) ?? null,
      people: (_, { ids }) => ids.map((id) => people.get(id) ?? null),
      exchangeCodes: (_, { codes }) => codes.map((code) => exchangeCode(code)),
    },
    Person: {
      maskedName: ({ name }) => maskName(name),
      maskedMobile: ({ mobile }) => maskMobile(mobile),
      giftCards: ({ zvcmsUserId }) => giftCards(zvcmsUserId),
    },
  },
  loaders: {
    Person: {
      voucher: {
        // All of a request's questions name one activity here.
        loader: (queries) =>
          vouchers(
            queries.map(({ obj }) => obj),
            queries[0].params.activityCode,
          ),
        opts: { cache: false },
      },
    },
  },
});
console.log(`${await app.listen({ host: '127.0.0.1', port: 0 })}/graphql`);
