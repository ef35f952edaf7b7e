import { LosslessNumber, parse } from 'lossless-json';

/** A number that a float might not hold, or would not give back as it was written: long, negative, or not an integer. */
const NEEDS_EXACTNESS = /[:,[]\s*(?:-|\d{16}|\d+[.eE])/;

/**
 * Parses JSON so that `numberText` gives every number as it was written: ids of nineteen digits lose their last ones in a
 * float. The exact parser is ten times slower than JSON.parse, so it reads only what has such numbers.
 * @throws SyntaxError, which may quote the text
 */
export function parseExactly(text: string): unknown {
  return NEEDS_EXACTNESS.test(text) ? parse(text) : (JSON.parse(text) as unknown);
}

/** The digits of a number from `parseExactly`, undefined for anything else. */
export function numberText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return value instanceof LosslessNumber ? value.value : undefined;
}

/** True for a JSON object: neither a list, null nor a number. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LosslessNumber);
}
