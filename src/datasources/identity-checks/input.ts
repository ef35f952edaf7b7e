import { normaliseIdCard } from '../people/id-card.js';
import { type CertType, type ZhimaSubject } from '../zhima/index.js';

/** What the caller gave cannot be used. Names the argument, never its value. */
export class IdentityCheckInputError extends Error {
  override readonly name = 'IdentityCheckInputError';

  constructor(
    readonly argument: string,
    message: string,
  ) {
    super(message);
  }
}

/** Long enough for everything that was seen; the query has to fit on a request line. */
const MAX_KEY_LENGTH = 128;
/**
 * No blanks, and nothing that cannot be seen: two keys that look the same must be the same. No half of a surrogate pair
 * either, which no URL can carry.
 */
const ONE_WORD = /^[^\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]+$/u;
/** PostgreSQL's text takes no NUL, and half a surrogate pair comes back from it as another character. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** Throws IdentityCheckInputError where `value` is not one word of a length that the vendor's keys have. */
export function checkWord(argument: string, value: string): string {
  if (value.length > MAX_KEY_LENGTH || !ONE_WORD.test(value))
    throw new IdentityCheckInputError(
      argument,
      `${argument} must be one visible word of 1 to ${MAX_KEY_LENGTH} characters`,
    );
  return value;
}

/** False for what no person can be known by here: their ids may be another subgraph's, so their form is not ours to say. */
export function canBePersonId(id: string): boolean {
  return !UNSTORABLE.test(id);
}

/**
 * Who is asked about, reduced to what is sent: the first of userId, openId and certNo. What is not sent is not kept,
 * so that a check is found by all that it knows of a person. Throws IdentityCheckInputError.
 */
export function checkSubject({ userId, openId, certNo, certType = '0' }: ZhimaSubject): ZhimaSubject {
  if (userId !== undefined) return { userId: checkWord('userId', userId) };
  if (openId !== undefined) return { openId: checkWord('openId', openId) };
  if (certNo !== undefined) return { certNo: checkCertificateNumber(certNo, certType), certType };
  throw new IdentityCheckInputError('subject', 'one of userId, openId and certNo is wanted');
}

/** Shapes by the issuers' rules; what they leave open is left open, since the vendor has the last word. */
const CERTIFICATES: Record<CertType, { name: string; shape: RegExp }> = {
  '0': { name: 'id card', shape: /^\d{17}[\dX]$/ },
  '1': { name: 'passport', shape: /^[A-Z0-9]{5,20}$/ },
  '2': { name: 'home-return permit', shape: /^[HM]\d{8}(\d{2})?$/ },
  '3': { name: 'Hong Kong and Macao travel permit', shape: /^[A-Z]{1,2}\d{7,8}$/ },
  '4': { name: 'Taiwan travel permit', shape: /^[A-Z0-9]{8,12}$/ },
  '5': { name: 'Hong Kong or Macao document', shape: /^[A-Z0-9/()]{6,12}$/ },
};

/** The number as the vendor wants it (no blanks, capitals). */
function checkCertificateNumber(certNo: string, certType: CertType): string {
  const number = certNo.trim().toUpperCase();
  const { name, shape } = CERTIFICATES[certType];
  if (!shape.test(number) || (certType === '0' && normaliseIdCard(number) === undefined))
    throw new IdentityCheckInputError('certNo', `certNo is not the number of a valid ${name}`);
  return number;
}
