import { secureUrl, setting, type SettingValues, text } from '../config/setting.js';
import {
  certificateEnds,
  checkZhimaSettings,
  createZhima,
  zhima as key,
  type ZhimaSettings,
} from '../datasources/zhima/index.js';
import { type Context } from '../context.js';
import { keyOf } from '../graph/federation.js';
import {
  findCheck,
  IdentityCheckResolver,
  PersonIdentityChecksResolver,
} from '../resolvers/identity-check/resolver.js';
import { personFromRouter } from '../resolvers/person/person.js';
import {
  commonSettings,
  commonValues,
  defineVendor,
  type ExampleOperation,
  type GraphModule,
  SOMEBODY,
} from './module.js';

const table = {
  ZHIMA_APP_ID: setting(text, 'The app id at the Alipay Open Platform', { required: true }),
  ZHIMA_PRIVATE_KEY: setting(text, "The app's private key, PEM or bare base64; signs every call", {
    required: true,
    secret: true,
  }),
  ZHIMA_SERVICE_ID: setting(text, "The credit service id, given by the vendor's operations", { required: true }),
  ZHIMA_ALIPAY_PUBLIC_KEY: setting(text, "Alipay's public key, PEM or bare base64; or the three certificates"),
  ZHIMA_APP_CERT: setting(text, "Certificate mode: the app's certificate"),
  ZHIMA_ALIPAY_CERT: setting(text, "Certificate mode: Alipay's certificate, or several"),
  ZHIMA_ALIPAY_ROOT_CERT: setting(text, "Certificate mode: Alipay's root certificates"),
  ZHIMA_BASE_URL: setting(secureUrl('tokens and certificate numbers stand in the URL'), 'Where /v3/… is', {
    default: 'https://openapi.alipay.com',
  }),
  ZHIMA_ENCRYPT_KEY: setting(text, 'The AES key for content encryption, base64', { secret: true }),
  ZHIMA_APP_AUTH_TOKEN: setting(text, 'The token for acting for a merchant', { secret: true }),
  ...commonSettings('ZHIMA', { maxConcurrency: 16, maxPerSecond: 0 }),
};

/** Also of settings of which some are still missing. */
function credentialsOf<Values extends Partial<SettingValues<typeof table>>>(values: Values) {
  return {
    appId: values.ZHIMA_APP_ID as Values['ZHIMA_APP_ID'],
    privateKey: values.ZHIMA_PRIVATE_KEY as Values['ZHIMA_PRIVATE_KEY'],
    serviceId: values.ZHIMA_SERVICE_ID as Values['ZHIMA_SERVICE_ID'],
    alipayPublicKey: values.ZHIMA_ALIPAY_PUBLIC_KEY,
    appCert: values.ZHIMA_APP_CERT,
    alipayCert: values.ZHIMA_ALIPAY_CERT,
    alipayRootCert: values.ZHIMA_ALIPAY_ROOT_CERT,
    encryptKey: values.ZHIMA_ENCRYPT_KEY,
    appAuthToken: values.ZHIMA_APP_AUTH_TOKEN,
  };
}
const examples: readonly ExampleOperation[] = [
  {
    name: 'Start a check',
    query: `# The app would now open Alipay with the keys. The id of the check goes into "Settle a check".
mutation ($input: StartIdentityCheckInput!) {
  startIdentityCheck(input: $input) { connKey onceToken check { id status startedAt } }
}
`,
    variables: { input: { personId: SOMEBODY, identityType: '04' } },
  },
  {
    name: 'Settle a check',
    query: `# WAITING at first; a few seconds later the verdict, which is kept: ask as often as you like.
mutation ($id: ID!) {
  settleIdentityCheck(id: $id) { status askedAt settledAt merchantIdentityId resultPageUrl refusal { code message } }
}
`,
    variables: { id: '' },
  },
  {
    name: 'Checks so far',
    query: { ofPerson: '{\n  identityChecks(first: 10) { id identityType status startedAt settledAt }\n}' },
  },
];

/** Zhima jobworth identity checks on Alipay OpenAPI V3. They are asked for through their ledger (identity-checks/). */
export const zhima: GraphModule = {
  name: key.name,
  scopes: {
    'identity:read': "anybody's identity checks",
    'identity:write': 'starting, settling and making identity checks',
  },
  scopesOfAPerson: ['identity:read'],
  subgraph: {
    resolvers: [IdentityCheckResolver, PersonIdentityChecksResolver],
    entities: {
      Person: personFromRouter,
      IdentityCheck: (representation, context: Context) => findCheck(keyOf(representation, 'id'), context),
    },
  },
  examples,
  vendor: defineVendor({
    key,
    table,
    check: (values) => checkZhimaSettings(credentialsOf(values)),
    settings: (values): ZhimaSettings => ({
      ...credentialsOf(values),
      baseUrl: values.ZHIMA_BASE_URL,
      ...commonValues('ZHIMA', values),
    }),
    open: createZhima,
    expiries: (settings) => certificateEnds(settings),
    startSandbox: async (options) => (await import('../sandbox/zhima-start.js')).startZhima(options),
  }),
};
