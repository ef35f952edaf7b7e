// What most teams write first: Apollo Server as it comes, a RESTDataSource a vendor, a call for each voucher.
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { RESTDataSource } from '@apollo/datasource-rest';
import { dataOf, toExchangeCode, toGiftCard, toVoucher } from './answers.mjs';
import { maskMobile, maskName, people } from './people.mjs';
import { typeDefs } from './schema.mjs';
import { exchangeCodeBody, giftCardsBody, signCampus, voucherCall } from './signatures.mjs';

class CampusApi extends RESTDataSource {
  baseURL = `${process.env.CAMPUS_BASE_URL}/`;

  async voucher(person, activityCode) {
    const nowMs = Date.now();
    const body = signCampus(nowMs, voucherCall(person, activityCode)).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' };
    return toVoucher(await this.post('router/rest', { headers, body }), activityCode, nowMs);
  }
}

class ZvcmsApi extends RESTDataSource {
  baseURL = `${process.env.ZVCMS_BASE_URL}/`;

  async giftCards(userId) {
    return dataOf(await this.post('api/v2', { body: giftCardsBody(userId, Date.now()) })).map(toGiftCard);
  }

  async exchangeCode(code) {
    const body = exchangeCodeBody(code, Date.now());
    return toExchangeCode(dataOf(await this.post('v3/coupon/exchange/getExchangeCodeStatus', { body })), code);
  }
}

const server = new ApolloServer({
  typeDefs,
  resolvers: {
    Query: {
      person: (_, { id }) => people.get(id) ?? null,
      people: (_, { ids }) => ids.map((id) => people.get(id) ?? null),
      exchangeCodes: (_, { codes }, { zvcms }) => codes.map((code) => zvcms.exchangeCode(code)),
    },
    Person: {
      maskedName: ({ name }) => maskName(name),
      maskedMobile: ({ mobile }) => maskMobile(mobile),
      voucher: (person, { activityCode }, { campus }) => campus.voucher(person, activityCode),
      giftCards: ({ zvcmsUserId }, _, { zvcms }) => zvcms.giftCards(zvcmsUserId),
    },
  },
});
const { url } = await startStandaloneServer(server, {
  listen: { host: '127.0.0.1', port: 0 },
  context: async () => {
    const { cache } = server;
    return { campus: new CampusApi({ cache }), zvcms: new ZvcmsApi({ cache }) };
  },
});
console.log(url);
