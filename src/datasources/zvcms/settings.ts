import { type MoneyUnit } from './money.js';
import { type VendorSettings } from '../transport/vendor.js';
import { type NameCase } from './signature.js';

export interface ZvcmsSettings extends VendorSettings {
  openId: string;
  grantCode: string;
  openKey: string;
  /** The names in V2's string to sign; the documents leave them open. */
  signCaseV2: NameCase;
  moneyUnit: MoneyUnit;
  /** Which of its twin APIs is asked for gift cards. */
  giftCardApi: 'v2' | 'v3';
  /** The zone of the vendor's dates, "+08:00". */
  utcOffset: string;
}
