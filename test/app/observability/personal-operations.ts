import { randomBytes } from 'node:crypto';
import { ZVCMS_CODES } from '../../../src/sandbox/zvcms.js';

export const hex = (bytes = 16) => randomBytes(bytes).toString('hex');

export const PERSON = {
  name: '慕容雪晴',
  mobile: '13976543210',
  email: 'xueqing.needle@example.com',
  idNumber: '11010519491231002X',
  moziId: `mozi-${hex(6)}`,
  zvcmsUserId: '9876501234',
  alipayUserId: '2088765432109876',
};
/** Minted elsewhere, and asked for with another's account. */
export const KEYS = { connKey: `ck${hex()}`, onceToken: `ot${hex()}` };
export const CERT_NO = 'E98765432';

export interface Operation {
  query: string;
  variables: Record<string, unknown>;
}

const campusOperations = (personId: string): Operation[] => [
  {
    query:
      'query ($id: ID!) { person(id: $id) { name mobile email voucher(activityCode: "1") { qrCode qrCodePicture } } }',
    variables: { id: personId },
  },
];

const zvcmsOperations = (personId: string): Operation[] => [
  {
    query:
      'query ($id: ID!, $code: String!) { person(id: $id) { idNumber giftCards { id title } giftCardBalance { amount } } exchangeCode(code: $code) { redeemable } }',
    variables: { id: personId, code: ZVCMS_CODES.redeemable },
  },
];

/** The check to settle is one that was started before. */
const zhimaOperations = (personId: string, checkId: string): Operation[] => [
  {
    query:
      'mutation ($start: StartIdentityCheckInput!) { startIdentityCheck(input: $start) { connKey onceToken check { id } } }',
    variables: { start: { personId, identityType: '04' } },
  },
  {
    query:
      'mutation ($id: ID!) { settleIdentityCheck(id: $id) { id status refusal { code message } merchantIdentityId } }',
    variables: { id: checkId },
  },
  {
    query:
      'mutation ($check: CheckIdentityInput!) { checkIdentity(input: $check) { id status refusal { code message } merchantIdentityId } }',
    variables: {
      check: {
        connKey: `${KEYS.connKey}${hex(3)}`,
        onceToken: `${KEYS.onceToken}${hex(3)}`,
        identityType: '04',
        certNo: CERT_NO,
        certType: 'PASSPORT',
      },
    },
  },
];

/** By the vendor's name: what is asked of it, and what of the person it must have been told by that. */
export const BY_VENDOR: Record<
  string,
  { operations: (personId: string, checkId: string) => Operation[]; told: readonly string[] }
> = {
  campus: { operations: campusOperations, told: [PERSON.name, PERSON.mobile, PERSON.moziId] },
  zvcms: { operations: zvcmsOperations, told: [PERSON.zvcmsUserId, ZVCMS_CODES.redeemable] },
  zhima: { operations: zhimaOperations, told: [KEYS.connKey, KEYS.onceToken, CERT_NO] },
};
