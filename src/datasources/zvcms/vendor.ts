import { choice, flag, httpUrl, setting, text } from '../../config/setting.js';
import { commonSettings, defineVendor } from '../transport/vendor.js';
import { checkZvcmsSettings, createZvcms, type ZvcmsSettings } from './index.js';

const table = {
  ZVCMS_BASE_URL: setting(httpUrl, 'Where the platform is, e.g. https://openapi.qmai.cn'),
  ZVCMS_OPEN_ID: setting(text, 'The open id of the account'),
  ZVCMS_GRANT_CODE: setting(text, 'The grant code of the account', { secret: true }),
  ZVCMS_OPEN_KEY: setting(text, 'The key that signs every call', { secret: true }),
  ZVCMS_ALLOW_HTTP: setting(flag, 'Whether plain http to another machine is allowed (loopback always is)', {
    default: 'false',
  }),
  ZVCMS_SIGN_CASE_V2: setting(
    choice('camel', 'pascal'),
    "The names in V2's signature, which the documents leave open: camel or pascal",
    {
      default: 'camel',
    },
  ),
  ZVCMS_MONEY_UNIT: setting(choice('yuan', 'fen'), 'The unit of the amounts: yuan or fen', { default: 'yuan' }),
  ZVCMS_GIFT_CARD_API: setting(choice('v2', 'v3'), 'Which of its twin APIs is asked for gift cards: v2 or v3', {
    default: 'v2',
  }),
  ZVCMS_UTC_OFFSET: setting(text, "The zone of the vendor's dates", { default: '+08:00' }),
  ...commonSettings('ZVCMS', { maxConcurrency: 4, maxPerSecond: 8 }),
};

/** Gift cards and exchange codes on the open platform of zvcms (Qmai). */
export const zvcms = defineVendor({
  name: 'zvcms',
  table,
  required: ['ZVCMS_BASE_URL', 'ZVCMS_OPEN_ID', 'ZVCMS_GRANT_CODE', 'ZVCMS_OPEN_KEY'],
  settings(values, problems): ZvcmsSettings {
    const settings: ZvcmsSettings = {
      baseUrl: values.ZVCMS_BASE_URL ?? '',
      openId: values.ZVCMS_OPEN_ID ?? '',
      grantCode: values.ZVCMS_GRANT_CODE ?? '',
      openKey: values.ZVCMS_OPEN_KEY ?? '',
      allowHttp: values.ZVCMS_ALLOW_HTTP,
      signCaseV2: values.ZVCMS_SIGN_CASE_V2,
      moneyUnit: values.ZVCMS_MONEY_UNIT,
      giftCardApi: values.ZVCMS_GIFT_CARD_API,
      utcOffset: values.ZVCMS_UTC_OFFSET,
      timeoutMs: values.ZVCMS_TIMEOUT_MS,
      maxConcurrency: values.ZVCMS_MAX_CONCURRENCY,
      maxPerSecond: values.ZVCMS_MAX_PER_SECOND,
      clockOffsetMs: values.ZVCMS_CLOCK_OFFSET_MS,
    };
    problems.push(...checkZvcmsSettings(settings));
    return settings;
  },
  open: createZvcms,
});
