import { z } from 'zod';
import { choice, httpUrl, isLoopback, json, setting, text, whole } from '../../config/setting.js';
import { commonSettings, defineVendor } from '../transport/vendor.js';
import { type CampusSettings, createCampus } from './index.js';

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
  CAMPUS_APP_KEY: setting(text, 'The app key at the Taobao Open Platform'),
  CAMPUS_APP_SECRET: setting(text, 'Its secret, which signs every call', { secret: true }),
  CAMPUS_ACTIVITIES: setting(
    json(activities, '[{"activityCode":"…","sponsorCode":"…","accessKey":"…"}]'),
    'The events that may be asked for: JSON [{"activityCode","sponsorCode","accessKey"}]',
    { secret: true },
  ),
  CAMPUS_BASE_URL: setting(httpUrl, 'Where /router/rest and /router/batch are', { default: 'https://eco.taobao.com' }),
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

/** Alibaba campus vouchers on the Taobao Open Platform. */
export const campus = defineVendor({
  name: 'campus',
  table,
  required: ['CAMPUS_APP_KEY', 'CAMPUS_APP_SECRET', 'CAMPUS_ACTIVITIES'],
  settings(values, problems): CampusSettings {
    const list = values.CAMPUS_ACTIVITIES ?? [];
    if (new Set(list.map(({ activityCode }) => activityCode)).size < list.length) {
      problems.push('CAMPUS_ACTIVITIES names an activityCode twice: keep one of each');
    }
    if (!values.CAMPUS_BASE_URL.startsWith('https:') && !isLoopback(values.CAMPUS_BASE_URL)) {
      problems.push('CAMPUS_BASE_URL must be https: the calls carry names and mobile numbers');
    }
    return {
      appKey: values.CAMPUS_APP_KEY ?? '',
      appSecret: values.CAMPUS_APP_SECRET ?? '',
      activities: list,
      baseUrl: values.CAMPUS_BASE_URL,
      signMethod: values.CAMPUS_SIGN_METHOD,
      batchSize: values.CAMPUS_BATCH_SIZE,
      ...(values.CAMPUS_SESSION !== undefined && { session: values.CAMPUS_SESSION }),
      faceValue: values.CAMPUS_FACE_VALUE,
      staticValue: values.CAMPUS_STATIC_VALUE,
      timeoutMs: values.CAMPUS_TIMEOUT_MS,
      maxConcurrency: values.CAMPUS_MAX_CONCURRENCY,
      maxPerSecond: values.CAMPUS_MAX_PER_SECOND,
      clockOffsetMs: values.CAMPUS_CLOCK_OFFSET_MS,
    };
  },
  open: createCampus,
});
