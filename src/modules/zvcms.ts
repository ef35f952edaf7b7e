import { z } from 'zod';
import { choice, flag, httpUrl, isPlainHttpAbroad, setting, text } from '../config/setting.js';
import { createZvcms, zvcms as key, type ZvcmsSettings } from '../datasources/zvcms/index.js';
import { isSignable } from '../datasources/zvcms/signature.js';
import { type Context } from '../context.js';
import { keyOf } from '../graph/federation.js';
import { checkCode, ExchangeCodeResolver } from '../resolvers/exchange-code/resolver.js';
import { ZVCMS_NEEDS } from '../resolvers/gift-card/needs.js';
import { PersonGiftCardsResolver } from '../resolvers/gift-card/resolver.js';
import { Person, personFromRouter } from '../resolvers/person/person.js';
import { SANDBOX_CODES } from '../sandbox/index.js';
import { commonSettings, commonValues, defineVendor, type ExampleOperation, type GraphModule } from './module.js';

const signable = z.string().refine(isSignable, { error: 'may hold only letters A-Z, a-z and digits' });
const utcOffset = z.string().regex(/^[+-](0\d|1[0-4]):[0-5]\d$/, { error: 'must be an offset such as +08:00' });

const table = {
  ZVCMS_BASE_URL: setting(httpUrl, 'Where the platform is, e.g. https://openapi.qmai.cn', { required: true }),
  ZVCMS_OPEN_ID: setting(signable, 'The open id of the account', { required: true }),
  ZVCMS_GRANT_CODE: setting(signable, 'The grant code of the account', { required: true, secret: true }),
  ZVCMS_OPEN_KEY: setting(text, 'The key that signs every call', { required: true, secret: true }),
  ZVCMS_ALLOW_HTTP: setting(flag, 'Whether plain http to another machine is allowed (loopback always is)', {
    default: 'false',
  }),
  ZVCMS_SIGN_CASE_V2: setting(
    choice('camel', 'pascal'),
    "The names in V2's signature, which the documents leave open: camel or pascal",
    { default: 'camel' },
  ),
  ZVCMS_MONEY_UNIT: setting(choice('yuan', 'fen'), 'The unit of the amounts: yuan or fen', { default: 'yuan' }),
  ZVCMS_GIFT_CARD_API: setting(choice('v2', 'v3'), 'Which of its twin APIs is asked for gift cards: v2 or v3', {
    default: 'v2',
  }),
  ZVCMS_UTC_OFFSET: setting(utcOffset, "The zone of the vendor's dates", { default: '+08:00' }),
  ...commonSettings('ZVCMS', { maxConcurrency: 4, maxPerSecond: 8 }),
};

const examples: readonly ExampleOperation[] = [
  {
    name: 'Gift cards',
    query: {
      ofPerson: `{
  giftCardBalance { amount currency }
  giftCards { id title balance { amount } faceValue { amount } status validity endsAt }
}`,
    },
  },
  {
    name: 'Exchange codes',
    query: `# A code that cannot be checked is null, with its own error.
query ($codes: [String!]!) {
  exchangeCodes(codes: $codes) { code redeemable checkedAt }
}
`,
    // The sandbox has an answer of its own for each.
    variables: { codes: Object.values(SANDBOX_CODES) },
  },
];

/** Gift cards and exchange codes on the open platform of zvcms (Qmai). */
export const zvcms: GraphModule = {
  name: key.name,
  scopes: { 'giftcard:read': "anybody's gift cards and their balance", 'exchange:read': 'exchange codes' },
  scopesOfAPerson: ['giftcard:read'],
  needs: ZVCMS_NEEDS,
  subgraph: {
    resolvers: [ExchangeCodeResolver, PersonGiftCardsResolver],
    entities: {
      Person: personFromRouter,
      ExchangeCode: (representation, context: Context) => {
        context.caller.require(['exchange:read']);
        return checkCode(keyOf(representation, 'code'), context, 'code');
      },
    },
    orphanedTypes: [Person],
  },
  examples,
  vendor: defineVendor({
    key,
    table,
    // The token covers neither params nor the path, and cards are personal data: on plain http both are anybody's.
    check: ({ ZVCMS_BASE_URL, ZVCMS_ALLOW_HTTP }) =>
      ZVCMS_BASE_URL !== undefined && isPlainHttpAbroad(ZVCMS_BASE_URL) && !ZVCMS_ALLOW_HTTP
        ? ['ZVCMS_BASE_URL is plain http to another machine; use https, or set ZVCMS_ALLOW_HTTP=true']
        : [],
    settings(values): ZvcmsSettings {
      return {
        baseUrl: values.ZVCMS_BASE_URL,
        openId: values.ZVCMS_OPEN_ID,
        grantCode: values.ZVCMS_GRANT_CODE,
        openKey: values.ZVCMS_OPEN_KEY,
        signCaseV2: values.ZVCMS_SIGN_CASE_V2,
        moneyUnit: values.ZVCMS_MONEY_UNIT,
        giftCardApi: values.ZVCMS_GIFT_CARD_API,
        utcOffset: values.ZVCMS_UTC_OFFSET,
        ...commonValues('ZVCMS', values),
      };
    },
    open: createZvcms,
    startSandbox: async (options) => (await import('../sandbox/zvcms-start.js')).startZvcms(options),
  }),
};
