import { z } from 'zod';
import { choice, json, secureUrl, setting, text, whole } from '../config/setting.js';
import { campus as key, type CampusSettings, createCampus } from '../datasources/campus/index.js';
import { Person, personFromRouter } from '../resolvers/person/person.js';
import { CAMPUS_NEEDS } from '../resolvers/voucher/needs.js';
import { PersonVoucherResolver, VoucherPictureResolver } from '../resolvers/voucher/resolver.js';
import { commonSettings, commonValues, defineVendor, type ExampleOperation, type GraphModule } from './module.js';

const activities = z
  .array(
    z.object({
      activityCode: z.string().min(1),
      sponsorCode: z.string().min(1),
      accessKey: z.string().min(1),
      send: z.array(z.enum(['idno', 'email'])).default([]),
    }),
  )
  .min(1);

const table = {
  CAMPUS_APP_KEY: setting(text, 'The app key at the Taobao Open Platform', { required: true }),
  CAMPUS_APP_SECRET: setting(text, 'Its secret, which signs every call', { required: true, secret: true }),
  CAMPUS_ACTIVITIES: setting(
    json(activities, '[{"activityCode":"…","sponsorCode":"…","accessKey":"…","send":[]}]'),
    'The events that may be asked for: JSON [{"activityCode","sponsorCode","accessKey","send"}]; send (none) lists what the event is told besides: idno, email',
    { required: true, secret: true },
  ),
  CAMPUS_BASE_URL: setting(
    secureUrl('the calls carry names and mobile numbers'),
    'Where /router/rest and /router/batch are',
    { default: 'https://eco.taobao.com' },
  ),
  CAMPUS_SIGN_METHOD: setting(choice('hmac-sha256', 'hmac', 'md5'), 'How calls are signed: hmac-sha256, hmac or md5', {
    default: 'hmac-sha256',
  }),
  CAMPUS_BATCH_SIZE: setting(whole(1, 100), 'The most calls in one HTTP request; 1 = never batch', { default: '20' }),
  CAMPUS_SESSION: setting(text, 'A session, should the API come to need one', { secret: true }),
  CAMPUS_FACE_VALUE: setting(text, "The vendor's word for a face voucher, which its documents do not tell", {
    default: 'FACE',
  }),
  CAMPUS_STATIC_VALUE: setting(text, "The vendor's word for a static QR code", { default: 'STATIC' }),
  ...commonSettings('CAMPUS', { maxConcurrency: 32, maxPerSecond: 0 }),
};

const examples: readonly ExampleOperation[] = [
  {
    name: 'Vouchers',
    query: {
      ofPerson: `{
  voucher(activityCode: "1") { qrCode issuedAt expiresAt }
  static: voucher(activityCode: "1", qrCodeType: STATIC) { qrCode }
  face: voucher(activityCode: "1", type: FACE) { faceUrl }
}`,
    },
  },
  {
    name: "Everybody's vouchers",
    query: `# The vendor is asked in batches, and one person's failure stays that person's.
query {
  directory(first: 50) {
    edges { node { maskedName voucher(activityCode: "1") { qrCode expiresAt } } }
  }
}
`,
  },
];

/** Alibaba campus vouchers on the Taobao Open Platform. */
export const campus: GraphModule = {
  name: key.name,
  scopes: { 'voucher:read': "anybody's vouchers" },
  scopesOfAPerson: ['voucher:read'],
  needs: CAMPUS_NEEDS,
  subgraph: {
    resolvers: [PersonVoucherResolver, VoucherPictureResolver],
    entities: { Person: personFromRouter },
    orphanedTypes: [Person],
  },
  examples,
  vendor: defineVendor({
    key,
    table,
    check({ CAMPUS_ACTIVITIES = [] }) {
      const codes = CAMPUS_ACTIVITIES.map(({ activityCode }) => activityCode);
      return new Set(codes).size < codes.length
        ? ['CAMPUS_ACTIVITIES names an activityCode twice: keep one of each']
        : [];
    },
    settings(values): CampusSettings {
      return {
        appKey: values.CAMPUS_APP_KEY,
        appSecret: values.CAMPUS_APP_SECRET,
        activities: values.CAMPUS_ACTIVITIES,
        baseUrl: values.CAMPUS_BASE_URL,
        signMethod: values.CAMPUS_SIGN_METHOD,
        batchSize: values.CAMPUS_BATCH_SIZE,
        ...(values.CAMPUS_SESSION !== undefined && { session: values.CAMPUS_SESSION }),
        faceValue: values.CAMPUS_FACE_VALUE,
        staticValue: values.CAMPUS_STATIC_VALUE,
        ...commonValues('CAMPUS', values),
      };
    },
    open: createCampus,
    startSandbox: async (options) => (await import('../sandbox/campus-start.js')).startCampus(options),
  }),
};
