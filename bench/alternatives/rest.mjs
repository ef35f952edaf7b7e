// Written by hand: a route for each screen, the vendors asked at once, answers serialised by schema. The yardstick.
import fastify from 'fastify';
import { maskMobile, maskName, people } from './people.mjs';
import { exchangeCode, giftCards, vouchers } from './vendors.mjs';

const text = { type: 'string' };
const flag = { type: 'boolean' };
const object = (properties) => ({ type: 'object', properties });
const list = (items) => ({ type: 'array', items });
const optional = (schema) => ({ ...schema, nullable: true });

const money = optional(object({ amount: text, currency: text }));
const masked = { id: text, maskedName: text, maskedMobile: text };
const walletCard = {
  id: text,
  title: text,
  balance: money,
  faceValue: money,
  status: text,
  statusText: text,
  bound: flag,
  validity: text,
  endsAt: optional(text),
  coverUrl: text,
};
const wholeCard = {
  ...walletCard,
  templateId: text,
  validityText: text,
  beginsAt: optional(text),
  createdAt: optional(text),
  thirdParty: flag,
};
const voucher = { type: text, activityCode: text, qrCodeType: text, qrCode: text, issuedAt: text, expiresAt: text };
const exchange = object({ code: text, redeemable: flag, checkedAt: text });
const answering = (properties) => ({ schema: { response: { 200: object(properties) } } });

const app = fastify({ logger: false });
const toMasked = ({ id, name, mobile }) => ({ id, maskedName: maskName(name), maskedMobile: maskMobile(mobile) });

app.get('/people/:id', answering({ person: object(masked) }), async (request, reply) => {
  const person = people.get(request.params.id);
  return person ? { person: toMasked(person) } : reply.code(404).send();
});

app.get(
  '/people/:id/gift-cards',
  answering({ person: object({ id: text, giftCards: list(object(wholeCard)) }) }),
  async (request, reply) => {
    const person = people.get(request.params.id);
    if (!person) return reply.code(404).send();
    return { person: { id: person.id, giftCards: await giftCards(person.zvcmsUserId) } };
  },
);

app.get(
  '/people/:id/wallet',
  answering({
    person: object({ ...masked, voucher: object(voucher), giftCards: list(object(walletCard)) }),
    exchangeCodes: list(exchange),
  }),
  async (request, reply) => {
    const person = people.get(request.params.id);
    if (!person) return reply.code(404).send();
    const [[ticket], cards, codes] = await Promise.all([
      vouchers([person], request.query.activity),
      giftCards(person.zvcmsUserId),
      Promise.all(request.query.codes.split(',').map(exchangeCode)),
    ]);
    return { person: { ...toMasked(person), voucher: ticket, giftCards: cards }, exchangeCodes: codes };
  },
);

app.get(
  '/roster',
  answering({
    people: list(
      object({
        id: text,
        maskedName: text,
        voucher: object({ qrCode: text, expiresAt: text }),
        giftCards: list(object({ id: text, title: text, balance: money, status: text })),
      }),
    ),
  }),
  async (request) => {
    const found = request.query.ids.split(',').map((id) => people.get(id));
    const [tickets, cards] = await Promise.all([
      vouchers(found, request.query.activity),
      Promise.all(found.map(({ zvcmsUserId }) => giftCards(zvcmsUserId))),
    ]);
    return {
      people: found.map(({ id, name }, at) => ({
        id,
        maskedName: maskName(name),
        voucher: tickets[at],
        giftCards: cards[at],
      })),
    };
  },
);

console.log(await app.listen({ host: '127.0.0.1', port: 0 }));
