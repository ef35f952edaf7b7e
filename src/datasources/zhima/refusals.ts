/**
 * The business refusals that end a check: the person's and the token's, each with our own words for it. The vendor's
 * message is never shown: it may quote what it was sent.
 */
const REFUSALS = {
  USER_NOT_AUTHORIZE: 'The person has not agreed to the check.',
  NOT_OPEN_ZM: 'The person has not opened Zhima Credit.',
  USER_NOT_OPEN_JOBWORTH: 'The person has not opened the Zhima job record.',
  JOB_WORTH_BLACK_LIST: 'Zhima does not offer the job record to this person.',
  RISK_INTERCEPT: "Zhima's risk control stopped the check.",
  OPEN_ZM_ACCOUNT_INTERCEPT: "Zhima's risk control stopped the person's account.",
  CARD_NO_NOT_MATCH: 'The certificate number is not the one of the Alipay account.',
  MOBILE_NO_NOT_MATCH: 'The mobile number is not the one of the Alipay account.',
  USER_NAME_NOT_MATCH: 'The name is not the one of the Alipay account.',
  TOKEN_INVALID: 'The keys of the check are not valid, or no longer: start again.',
  TOKEN_NOT_MATCH_IDENTITY_TYPE: 'The keys were made for another identity type: start again.',
  WRONG_OUT_AGREEMENT_NO_INTERCEPT: 'The connection key is not the one the person agreed to: start again.',
} as const;

type RefusalCode = keyof typeof REFUSALS;

/** The answer for a token that was used before, or never was one. */
export const TOKEN_SPENT: RefusalCode = 'TOKEN_INVALID';

export function isRefusalCode(code: string | undefined): code is RefusalCode {
  return code !== undefined && Object.hasOwn(REFUSALS, code);
}

/** Our own plain words for a refusal. A code that an older version stored and this one does not know has general ones. */
export function refusalMessage(code: string): string {
  return isRefusalCode(code) ? REFUSALS[code] : 'Zhima refused the check.';
}
