import { type VendorSettings } from '../transport/vendor.js';
import { type SignMethod } from './signature.js';

/** What an event may be told of a person besides who they are and how to reach them. */
export type CampusDetail = 'idno' | 'email';

/** One event that vouchers are asked for. `accessKey` is a credential: it is never logged and never told in an error. */
export interface CampusActivity {
  activityCode: string;
  sponsorCode: string;
  accessKey: string;
  send: readonly CampusDetail[];
}

export interface CampusSettings extends VendorSettings {
  appKey: string;
  appSecret: string;
  activities: CampusActivity[];
  signMethod: SignMethod;
  /** Calls in one HTTP request at most; 1 = never batch. */
  batchSize: number;
  session?: string;
  /** How FACE and STATIC are spelled on the wire: the vendor's document does not say. */
  faceValue: string;
  staticValue: string;
}

/** A question for one person's voucher of one activity; equal requests are asked once. */
export interface VoucherRequest {
  activityCode: string;
  mobile: string;
  userName: string;
  idNumber?: string;
  moziId?: string;
  email?: string;
  voucherType: 'QR_CODE' | 'FACE';
  qrCodeType: 'DYNAMIC' | 'STATIC';
  /** How long a dynamic code is to live; for every other voucher it is ignored. */
  validSeconds?: number;
  /** Whether the vendor also draws the code (`qrCodeUrl`). */
  withPicture: boolean;
}

export interface VoucherRecord {
  qrCode: string | null;
  qrCodeUrl: string | null;
  faceUrl: string | null;
  /** When the vendor was asked, by the vendor's clock: a code is never promised to live longer than it does. */
  issuedAt: Date;
  /** For every dynamic code; null for all else. */
  expiresAt: Date | null;
}
