import { z } from 'zod';
import { normaliseIdCard } from './id-card.js';

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

/** One field that people write in many ways. */
interface Field {
  /** The value as it is kept, or undefined where it is not acceptable. */
  normalise: (value: string) => string | undefined;
  /** Ends the sentence "<field> must be …". */
  wanted: string;
}

interface AccountField extends Field {
  /** What two accounts are compared by, where that is not the kept value itself. */
  compare?: (value: string) => string;
}

const MAX_EMAIL_LENGTH = 254;
const MAX_EMAIL_LOCAL_LENGTH = 64;

/** Control and other characters that show nothing or turn the line around, but for the joiners that some scripts spell with. */
const UNWANTED_IN_NAME = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Something that can be seen: combining marks, fillers (U+3164, U+115F) and blanks that count as symbols cannot. */
const VISIBLE = /[^\p{Cc}\p{Cf}\p{Cs}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}]/u;

/** 1 to 64 characters, composed (NFC). */
function normaliseName(value: string): string | undefined {
  const name = value.normalize('NFC').trim();
  const { length } = Array.from(name);
  return length >= 1 && length <= 64 && !UNWANTED_IN_NAME.test(name) && VISIBLE.test(name) ? name : undefined;
}

/** A mobile of mainland China, with or without +86, 86 or 0086, spaces and dashes: its 11 digits. */
function normaliseMobile(value: string): string | undefined {
  const digits = value.normalize('NFKC').replace(/[\s\-‐-―]/g, '');
  return /^(?:\+86|0086|86)?(1[3-9]\d{9})$/.exec(digits)?.[1];
}

/**
 * The domain is lower-cased; the local part is kept, because a mail server may tell its cases apart, though lookups do
 * not. Zod leaves lengths to others (RFC 5321: 64 before the @, 254 in all).
 */
function normaliseEmail(value: string): string | undefined {
  const email = value.trim();
  const at = email.indexOf('@');
  if (email.length > MAX_EMAIL_LENGTH || at > MAX_EMAIL_LOCAL_LENGTH || !z.regexes.email.test(email)) return undefined;
  return email.slice(0, at) + email.slice(at).toLowerCase();
}

/** A vendor's own id, kept as it is. */
function normaliseAccountId(value: string): string | undefined {
  const id = value.trim();
  return /^[^\p{C}\p{Z}]{1,64}$/u.test(id) && VISIBLE.test(id) ? id : undefined;
}

const ACCOUNT_ID: AccountField = {
  normalise: normaliseAccountId,
  wanted: 'must be 1 to 64 printable characters without spaces',
};

/** A vendor's own id of a person, in words for the graph. */
export interface LinkedAccount {
  whose: string;
  /** What tells it from the others, or what it is for. */
  purpose: string;
}

/**
 * Who a person is at each vendor. This is the one list of these kinds: one that is added here is stored, indexed, looked
 * up and in the graph, and unknown of everybody who was stored before.
 */
export const LINKED_ACCOUNTS = {
  moziId: { whose: "Alibaba's Mozi account", purpose: 'for campus vouchers' },
  zvcmsUserId: { whose: 'The customer at zvcms', purpose: 'for gift cards' },
  alipayUserId: { whose: "Alipay's user id (2088…)", purpose: 'for identity checks' },
  alipayOpenId: { whose: "Alipay's open id", purpose: 'the newer form of the user id' },
} satisfies Record<string, LinkedAccount>;

export type LinkedAccountKind = keyof typeof LINKED_ACCOUNTS;
export const LINKED_ACCOUNT_KINDS = Object.keys(LINKED_ACCOUNTS) as LinkedAccountKind[];

const LINKED_FIELDS = Object.fromEntries(LINKED_ACCOUNT_KINDS.map((kind) => [kind, ACCOUNT_ID])) as Record<
  LinkedAccountKind,
  AccountField
>;

/** All accounts by which a person is found; each belongs to one person at most. */
export const ACCOUNTS = {
  mobile: { normalise: normaliseMobile, wanted: 'must be a Chinese mobile number of 11 digits' },
  email: { normalise: normaliseEmail, wanted: 'must be an e-mail address', compare: (email) => email.toLowerCase() },
  ...LINKED_FIELDS,
} satisfies Record<string, AccountField>;

export type AccountKind = keyof typeof ACCOUNTS;
export const ACCOUNT_KINDS = Object.keys(ACCOUNTS) as AccountKind[];

type OptionalField = AccountKind | 'idNumber';

/** The fields of a person, as they are stored: normalised, null where unknown. */
export type PersonData = { name: string } & Record<OptionalField, string | null>;

/** As it comes from outside. An absent field means "unknown" for a new person and "unchanged" for a known one. */
export type PersonInput = { name: string } & { [Name in OptionalField]?: string | null | undefined };
export type PersonChange = { [Name in keyof PersonData]?: string | null | undefined };

const FIELDS: Record<keyof PersonData, Field> = {
  name: { normalise: normaliseName, wanted: 'must be 1 to 64 characters that can be seen' },
  idNumber: { normalise: normaliseIdCard, wanted: 'must be an 18-digit resident id number with its check digit' },
  ...ACCOUNTS,
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

const UNKNOWN: PersonData = {
  ...(Object.fromEntries(FIELD_NAMES.map((field) => [field, null])) as Record<OptionalField, null>),
  name: '',
};

/** Normalises a new person. Throws InvalidFieldError with every problem. */
export function normalisePerson(input: PersonInput): PersonData {
  return { ...UNKNOWN, ...normaliseChange(input) };
}

/** Reads what was stored, by an earlier version too: what it did not know yet is null. */
export function parsePerson(json: string): PersonData {
  const stored = JSON.parse(json) as Partial<PersonData>;
  const data = { ...UNKNOWN };
  for (const field of FIELD_NAMES) {
    const value = stored[field];
    if (typeof value === 'string') data[field] = value;
  }
  return data;
}

/** What accounts are compared by: an e-mail address in any case is the same account. The value is normalised already. */
export function accountKey(kind: AccountKind, value: string): string {
  const { compare }: AccountField = ACCOUNTS[kind];
  return compare ? compare(value) : value;
}

/** The same for a value from outside. Throws InvalidFieldError. */
export function accountKeyOf(kind: AccountKind, value: string): string {
  return accountKey(kind, normaliseChange({ [kind]: value })[kind] ?? '');
}
