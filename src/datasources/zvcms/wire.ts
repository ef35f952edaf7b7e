import { numberText } from '../transport/exact-json.js';
import { parseFen, type MoneyUnit } from './money.js';

/** What stands in a field but cannot be read: told apart from null, which is a field that says nothing. */
export const UNREADABLE = Symbol('unreadable');
export type Reading<T> = T | null | typeof UNREADABLE;
type Decode<T> = (value: unknown) => Reading<T>;

/** Text, or a number exactly as it was written. The vendor documents text everywhere; its production sends both. */
export const decodeText: Decode<string> = (value) => {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value.trim() || null;
  return numberText(value) ?? UNREADABLE;
};

/** The spellings of true and false in status fields: `true`, `"true"`, `1`, `"1"` and their twins. */
export const decodeFlag: Decode<boolean> = (value) => {
  if (typeof value === 'boolean') return value;
  const text = decodeText(value);
  if (text === null) return null;
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  return UNREADABLE;
};

const DIGITS = /^\d+$/;

/** Ids are text; those of 18 and 19 digits also arrive as JSON numbers, which is why no answer goes through JSON.parse. */
export const decodeId: Decode<string> = (value) => {
  const text = decodeText(value);
  return typeof value === 'string' || typeof text !== 'string' || DIGITS.test(text) ? text : UNREADABLE;
};

/** The word for a digit; the vendor's 0 stands for "unknown" and is no anomaly. */
export function decodeDigit<Word>(words: readonly Word[]): Decode<Word> {
  return (value) => {
    const text = decodeText(value);
    if (text === null) return null;
    return (text !== UNREADABLE && /^\d$/.test(text) ? words[Number(text)] : undefined) ?? UNREADABLE;
  };
}

/** Whole fen; empty is null. */
export function decodeFen(unit: MoneyUnit): Decode<bigint> {
  return (value) => {
    const text = decodeText(value);
    return typeof text === 'string' ? (parseFen(text, unit) ?? UNREADABLE) : text;
  };
}

/** Addresses that reading would give back as they are; reading one takes longer than all the rest of a card. */
const PLAIN_URL = /^https?:\/\/(?:[a-z\d-]+\.)+[a-z]{2,}\/[\w./-]*$/;

/** An http or https URL; anything else would become a link that a front end follows. */
export const decodeUrl: Decode<string> = (value) => {
  const text = decodeText(value);
  if (typeof text !== 'string') return text;
  if (PLAIN_URL.test(text) && !text.includes('/.')) return text;
  if (!URL.canParse(text)) return UNREADABLE;
  const { protocol, href } = new URL(text);
  return protocol === 'https:' || protocol === 'http:' ? href : UNREADABLE;
};

const DATE = /^\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}:\d{2})?$/;
const SECONDS = /^[1-9]\d{9}$/;
const MILLISECONDS = /^[1-9]\d{12}$/;
const NO_DAY = '0000-00-00';
const MIDNIGHT = '00:00:00';
const ZERO = '0'.charCodeAt(0);

/**
 * `yyyy-MM-dd HH:mm:ss` or a bare date (its midnight) in the vendor's zone, epoch seconds (10 digits) or milliseconds (13).
 * Empty, 0 and the all-zero date of MySQL are null; a day that the calendar does not have is unreadable.
 */
export function decodeInstant(utcOffset: string): Decode<Date> {
  const offsetMs = -Date.parse(`1970-01-01T00:00:00${utcOffset}`);
  return (value) => {
    const text = decodeText(value);
    if (typeof text !== 'string') return text;
    if (!DATE.test(text)) {
      if (text === '0') return null;
      if (SECONDS.test(text)) return new Date(Number(text) * 1000);
      return MILLISECONDS.test(text) ? new Date(Number(text)) : UNREADABLE;
    }
    if (text.startsWith(NO_DAY) && (text.length === NO_DAY.length || text.endsWith(MIDNIGHT))) return null;
    const calendarMs = calendarMsOf(text);
    return Number.isNaN(calendarMs) ? UNREADABLE : new Date(calendarMs - offsetMs);
  };
}

const MAX_DAYS = 1_000;
/** By `yyyy-MM-dd`: when it begins by the calendar of UTC; NaN for what no calendar has. */
const days = new Map<string, number>();

/** The day is found again rather than read anew, as cards share theirs: to read one takes longer than the rest of a card. */
function calendarMsOf(text: string): number {
  const day = text.slice(0, NO_DAY.length);
  let ms = days.get(day);
  if (ms === undefined) {
    ms = Date.parse(`${day}T${MIDNIGHT}Z`);
    // Date.parse() turns 30 February into 1 March.
    if (new Date(ms).getUTCDate() !== Number(day.slice(-2))) ms = NaN;
    if (days.size >= MAX_DAYS) days.clear();
    days.set(day, ms);
  }
  if (text.length === NO_DAY.length) return ms;
  const two = (at: number) => (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;
  const [hours, minutes, seconds] = [two(11), two(14), two(17)];
  return hours > 23 || minutes > 59 || seconds > 59 ? NaN : ms + ((hours * 60 + minutes) * 60 + seconds) * 1000;
}
