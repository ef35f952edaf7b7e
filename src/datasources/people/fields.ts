import { normaliseIdCard } from './id-card.js';

/** The fields of a person, as they are stored: normalised, null where unknown. */
export interface PersonData {
  name: string;
  mobile: string | null;
  email: string | null;
  idNumber: string | null;
  moziId: string | null;
  zvcmsUserId: string | null;
  alipayUserId: string | null;
  alipayOpenId: string | null;
}

type OptionalField = Exclude<keyof PersonData, 'name'>;

/** As it comes from outside. An absent field means "unknown" for a new person and "unchanged" for a known one. */
export type PersonInput = { name: string } & { [Field in OptionalField]?: string | null | undefined };
export type PersonChange = { [Field in keyof PersonData]?: string | null | undefined };

/** The accounts by which a person is found; each belongs to one person at most. */
export const ACCOUNT_KINDS = ['mobile', 'email', 'moziId', 'zvcmsUserId', 'alipayUserId', 'alipayOpenId'] as const;
export type AccountKind = (typeof ACCOUNT_KINDS)[number];

export interface FieldProblem {
  field: string;
  /** What is wanted. Never quotes the value, which is personal data. */
  message: string;
}

/** One or several fields are not acceptable; `field` is the first of them, `problems` are all. */
export class InvalidFieldError extends Error {
  override readonly name = 'InvalidFieldError';
  readonly field: string;

  constructor(readonly problems: readonly [FieldProblem, ...FieldProblem[]]) {
    super(problems.map(({ field, message }) => `${field} ${message}`).join('; '));
    this.field = problems[0].field;
  }
}

/** Returns the normalised value, or undefined where the value is not acceptable. */
type Normalise = (value: string) => string | undefined;

const MAX_EMAIL_LENGTH = 254;
const MAX_EMAIL_LOCAL_LENGTH = 64;

/** 1 to 64 characters, composed (NFC), without control or direction-changing characters. */
function normaliseName(value: string): string | undefined {
  const name = value.normalize('NFC').trim();
  const { length } = Array.from(name);
  return length >= 1 && length <= 64 && !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(name) ? name : undefined;
}

/** A mobile of mainland China, with or without +86, 86 or 0086, spaces and dashes: its 11 digits. */
function normaliseMobile(value: string): string | undefined {
  const digits = value.normalize('NFKC').replace(/[\s\-‐-―]/g, '');
  return /^(?:\+86|0086|86)?(1[3-9]\d{9})$/.exec(digits)?.[1];
}

/**
 * An address as people write it (RFC 5321's dot-string in ASCII). The domain is lower-cased; the local part is kept,
 * because a mail server may tell its cases apart, though lookups do not: see `accountKey`.
 */
function normaliseEmail(value: string): string | undefined {
  const email = value.trim();
  const [, local = '', domain = ''] =
    /^([\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*)@((?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z][a-z\d-]{0,61}[a-z\d])$/i.exec(
      email.length > MAX_EMAIL_LENGTH ? '' : email,
    ) ?? [];
  return local !== '' && local.length <= MAX_EMAIL_LOCAL_LENGTH ? `${local}@${domain.toLowerCase()}` : undefined;
}

/** A vendor's own id: 1 to 64 printable characters without spaces, kept as it is. */
function normaliseAccountId(value: string): string | undefined {
  const id = value.trim();
  return /^[^\p{C}\p{Z}]{1,64}$/u.test(id) ? id : undefined;
}

const ACCOUNT_ID = { normalise: normaliseAccountId, wanted: 'must be 1 to 64 printable characters without spaces' };

const FIELDS: Record<keyof PersonData, { normalise: Normalise; wanted: string }> = {
  name: { normalise: normaliseName, wanted: 'must be 1 to 64 characters without control characters' },
  mobile: { normalise: normaliseMobile, wanted: 'must be a Chinese mobile number of 11 digits' },
  email: { normalise: normaliseEmail, wanted: 'must be an e-mail address' },
  idNumber: { normalise: normaliseIdCard, wanted: 'must be an 18-digit resident id number with its check digit' },
  moziId: ACCOUNT_ID,
  zvcmsUserId: ACCOUNT_ID,
  alipayUserId: ACCOUNT_ID,
  alipayOpenId: ACCOUNT_ID,
};
const FIELD_NAMES = Object.keys(FIELDS) as (keyof PersonData)[];

/** Normalises what a change says; absent fields stay absent. Throws InvalidFieldError with every problem. */
export function normaliseChange(change: PersonChange): Partial<PersonData> {
  const problems: FieldProblem[] = [];
  const entries: [string, string | null][] = [];
  for (const field of FIELD_NAMES) {
    const value = change[field];
    if (value === undefined) continue;
    const { normalise, wanted } = FIELDS[field];
    if (value === null) {
      if (field === 'name') problems.push({ field, message: 'cannot be removed' });
      entries.push([field, null]);
      continue;
    }
    const normalised = normalise(value);
    if (normalised === undefined) problems.push({ field, message: wanted });
    else entries.push([field, normalised]);
  }
  const [first, ...more] = problems;
  if (first) throw new InvalidFieldError([first, ...more]);
  return Object.fromEntries(entries);
}

const UNKNOWN: Omit<PersonData, 'name'> = {
  mobile: null,
  email: null,
  idNumber: null,
  moziId: null,
  zvcmsUserId: null,
  alipayUserId: null,
  alipayOpenId: null,
};

/** Normalises a new person. Throws InvalidFieldError with every problem. */
export function normalisePerson(input: PersonInput): PersonData {
  return { ...UNKNOWN, name: input.name, ...normaliseChange(input) };
}

/** What accounts are compared by: an e-mail address in any case is the same account. The value is normalised already. */
export function accountKey(kind: AccountKind, value: string): string {
  return kind === 'email' ? value.toLowerCase() : value;
}

/** The same for a value from outside. Throws InvalidFieldError. */
export function accountKeyOf(kind: AccountKind, value: string): string {
  return accountKey(kind, normaliseChange({ [kind]: value })[kind] ?? '');
}
