import { type MoneyUnit } from './money.js';
import { isLoopback } from '../../config/setting.js';
import { type VendorSettings } from '../transport/vendor.js';
import { isSignable, type NameCase } from './signature.js';

export interface ZvcmsSettings extends VendorSettings {
  openId: string;
  grantCode: string;
  openKey: string;
  /** Plain http to a host that is not this machine. */
  allowHttp: boolean;
  /** The names in V2's string to sign; the documents leave them open. */
  signCaseV2: NameCase;
  moneyUnit: MoneyUnit;
  /** Which of its twin APIs is asked for gift cards. */
  giftCardApi: 'v2' | 'v3';
  /** The zone of the vendor's dates, "+08:00". */
  utcOffset: string;
}

/** What is wrong with the settings, in plain words and without their values; empty where nothing is. */
export function checkZvcmsSettings(settings: ZvcmsSettings): string[] {
  const problems: string[] = [];
  const url = URL.canParse(settings.baseUrl) ? new URL(settings.baseUrl) : null;
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    problems.push('ZVCMS_BASE_URL is not an http or https URL');
  } else {
    if (url.username || url.password || url.search || url.hash)
      problems.push('ZVCMS_BASE_URL has more than a scheme, a host and a path');
    // The token covers neither params nor the path, and cards are personal data: on plain http both are anybody's.
    if (url.protocol === 'http:' && !isLoopback(settings.baseUrl) && !settings.allowHttp)
      problems.push('ZVCMS_BASE_URL is plain http to another machine; use https, or set ZVCMS_ALLOW_HTTP=true');
  }
  if (!isSignable(settings.openId)) problems.push('ZVCMS_OPEN_ID may hold only letters A-Z, a-z and digits');
  if (!isSignable(settings.grantCode)) problems.push('ZVCMS_GRANT_CODE may hold only letters A-Z, a-z and digits');
  if (settings.openKey === '') problems.push('ZVCMS_OPEN_KEY is empty');
  if (!/^[+-](0\d|1[0-4]):[0-5]\d$/.test(settings.utcOffset))
    problems.push('ZVCMS_UTC_OFFSET is not an offset such as +08:00');
  return problems;
}
