import { httpUrl, isLoopback, setting, text } from '../../config/setting.js';
import { commonSettings, defineVendor, type VendorConnection } from '../transport/vendor.js';
import { ZhimaClient } from './client.js';
import { checkZhimaSettings, type ZhimaSettings } from './settings.js';

const table = {
  ZHIMA_APP_ID: setting(text, 'The app id at the Alipay Open Platform'),
  ZHIMA_PRIVATE_KEY: setting(text, "The app's private key, PEM or bare base64; signs every call", { secret: true }),
  ZHIMA_SERVICE_ID: setting(text, "The credit service id, given by the vendor's operations"),
  ZHIMA_ALIPAY_PUBLIC_KEY: setting(text, "Alipay's public key, PEM or bare base64; or the three certificates"),
  ZHIMA_APP_CERT: setting(text, "Certificate mode: the app's certificate"),
  ZHIMA_ALIPAY_CERT: setting(text, "Certificate mode: Alipay's certificate, or several"),
  ZHIMA_ALIPAY_ROOT_CERT: setting(text, "Certificate mode: Alipay's root certificates"),
  ZHIMA_BASE_URL: setting(httpUrl, 'Where /v3/… is', { default: 'https://openapi.alipay.com' }),
  ZHIMA_ENCRYPT_KEY: setting(text, 'The AES key for content encryption, base64', { secret: true }),
  ZHIMA_APP_AUTH_TOKEN: setting(text, 'The token for acting for a merchant', { secret: true }),
  ...commonSettings('ZHIMA', { maxConcurrency: 16, maxPerSecond: 0 }),
};

/** The vendor in use. Identity checks ask it through their ledger (see checks.ts), so it has no loaders of its own. */
export interface ZhimaConnection extends VendorConnection<null> {
  client: ZhimaClient;
  timeoutMs: number;
}

/** Zhima jobworth identity checks on Alipay OpenAPI V3. */
export const zhima = defineVendor({
  name: 'zhima',
  table,
  required: ['ZHIMA_APP_ID', 'ZHIMA_PRIVATE_KEY', 'ZHIMA_SERVICE_ID'],
  settings(values, problems): ZhimaSettings {
    const settings: ZhimaSettings = {
      appId: values.ZHIMA_APP_ID ?? '',
      privateKey: values.ZHIMA_PRIVATE_KEY ?? '',
      serviceId: values.ZHIMA_SERVICE_ID ?? '',
      alipayPublicKey: values.ZHIMA_ALIPAY_PUBLIC_KEY,
      appCert: values.ZHIMA_APP_CERT,
      alipayCert: values.ZHIMA_ALIPAY_CERT,
      alipayRootCert: values.ZHIMA_ALIPAY_ROOT_CERT,
      baseUrl: values.ZHIMA_BASE_URL,
      encryptKey: values.ZHIMA_ENCRYPT_KEY,
      appAuthToken: values.ZHIMA_APP_AUTH_TOKEN,
      timeoutMs: values.ZHIMA_TIMEOUT_MS,
      maxConcurrency: values.ZHIMA_MAX_CONCURRENCY,
      maxPerSecond: values.ZHIMA_MAX_PER_SECOND,
      clockOffsetMs: values.ZHIMA_CLOCK_OFFSET_MS,
    };
    if (!settings.baseUrl.startsWith('https:') && !isLoopback(settings.baseUrl)) {
      problems.push('ZHIMA_BASE_URL must be https: tokens and certificate numbers stand in the URL');
    }
    problems.push(...checkZhimaSettings(settings));
    return settings;
  },
  open(settings, deps): ZhimaConnection {
    const client = new ZhimaClient(settings, deps);
    return { client, timeoutMs: settings.timeoutMs, loaders: () => null, close: () => client.close() };
  },
});
