// Apollo Server as one tunes it: Fastify in front, cache control off, a DataLoader a request, one undici pool a vendor.
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import DataLoader from 'dataloader';
import fastify from 'fastify';
import { maskMobile, maskName, people } from './people.mjs';
import { typeDefs } from './schema.mjs';
import { exchangeCode, giftCards, vouchers } from './vendors.mjs';

const app = fastify({ logger: false });
const server = new ApolloServer({
  typeDefs,
  plugins: [ApolloServerPluginCacheControlDisabled(), fastifyApolloDrainPlugin(app)],
  resolvers: {
    Query: {
      person: (_, { id }) => people.get(id) ?? null,
      people: (_, { ids }) => ids.map((id) => people.get(id) ?? null),
      exchangeCodes: (_, { codes }) => codes.map((code) => exchangeCode(code)),
    },
    Person: {
      maskedName: ({ name }) => maskName(name),
      maskedMobile: ({ mobile }) => maskMobile(mobile),
      voucher: (person, { activityCode }, { loaderOf }) => loaderOf(activityCode).load(person),
      giftCards: ({ zvcmsUserId }) => giftCards(zvcmsUserId),
    },
  },
});
await server.start();

/** A loader for each activity, born with the request. */
function createLoaders() {
  const loaders = new Map();
  return (activityCode) => {
    let loader = loaders.get(activityCode);
    if (!loader) loaders.set(activityCode, (loader = new DataLoader((asked) => vouchers(asked, activityCode))));
    return loader;
  };
}

app.post('/graphql', fastifyApolloHandler(server, { context: async () => ({ loaderOf: createLoaders() }) }));
console.log(`${await app.listen({ host: '127.0.0.1', port: 0 })}/graphql`);
