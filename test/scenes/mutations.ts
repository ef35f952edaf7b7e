import { randomOf } from '../app/http/inventions.js';

export { randomOf };
type Random = ReturnType<typeof randomOf>;

/** What stands where something else is expected; each is the text of a value, and not always JSON. */
const VALUES = [
  'null',
  'true',
  'false',
  '0',
  '1',
  '-1',
  '-0',
  '1.0',
  '0.5',
  '1e3',
  '1e999',
  '12345678901234567890123',
  'NaN',
  '""',
  '" "',
  '"1"',
  '"true"',
  '"false"',
  '"0000-00-00"',
  '"9999-99-99 99:99:99"',
  '"9999999999999"',
  '"\\u0000"',
  '"\\ud800"',
  '"\u0001\u001f\ufeff"',
  '"\\',
  '"javascript:alert(1)"',
  '"https://"',
  '"https://[::1"',
  '"张三"',
  '[]',
  '[[]]',
  '[null]',
  '{}',
  '{"":{}}',
  '{"status":1,"code":0}',
  '{"__proto__":{"status":true,"code":"0","id":"1"}}',
  '{"isLosslessNumber":true,"value":"1"}',
  '{"toString":1,"valueOf":1,"constructor":1}',
];
const PIECES = [
  '"',
  '\\',
  '\\u12',
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '\r\n-S-\r\n',
  '\u0000',
  '\n',
  '\ufeff',
  '0',
  '-',
  'e9',
];

/** A value, a member's name, or a piece of either, wherever the text has one. */
const VALUE_TOKENS = /"(?:[^"\\]|\\.)*"(?!\s*:)|-?\d[\d.eE+-]*|true|false|null/g;
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[[\]{}:,]/g;

function oddValue(random: Random, tokens: readonly string[]): string {
  switch (random(8)) {
    case 0:
      return tokens[random(tokens.length)] ?? '';
    case 1: {
      const deep = random(50) === 0 ? 20_000 : random(60);
      return random(2) ? '['.repeat(deep) + ']'.repeat(deep) : `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`;
    }
    case 2: {
      const long = random(40) === 0 ? 30_000 : random(90);
      return `"${(PIECES[random(PIECES.length)] ?? '').repeat(long)}"`;
    }
    case 3:
      return `${random(2) ? '-' : ''}${String(random(10)).repeat(random(40) + 1)}${random(3) ? '' : '.50'}`;
    default:
      return VALUES[random(VALUES.length)] ?? '';
  }
}

/** Changes what stands in the text: values, names and brackets swapped, dropped, doubled or made odd. */
function changeToken(random: Random, text: string): string {
  // Mostly a value for a value, which leaves JSON that has to be understood; else a bracket, a colon or a comma as well.
  const found = [...text.matchAll(random(5) ? VALUE_TOKENS : TOKENS)];
  const chosen = found[random(found.length || 1)];
  if (!chosen) return text;
  const tokens = found.map(([token]) => token);
  const [before, token, after] = [text.slice(0, chosen.index), chosen[0], text.slice(chosen.index + chosen[0].length)];
  switch (random(16)) {
    case 0:
      return before + after;
    case 1:
      return before + token + token + after;
    case 2:
      // The same name twice, with another value.
      return `${before}${token}:${oddValue(random, tokens)},${token}${after}`;
    default:
      return before + oddValue(random, tokens) + after;
  }
}

/** Changes the bytes: dropped, doubled, cut off, inserted, flipped. */
function changeBytes(random: Random, text: string): Buffer {
  const bytes = Buffer.from(text);
  const at = random(bytes.length + 1);
  const to = Math.min(bytes.length, at + 1 + random(12));
  switch (random(5)) {
    case 0:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
    case 1:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
    case 2:
      return bytes.subarray(0, at);
    case 3:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(PIECES[random(PIECES.length)] ?? ''),
        bytes.subarray(at),
      ]);
    default:
      if (at < bytes.length) bytes[at] = random(256);
      return bytes;
  }
}

/** One of `answers` as a vendor might get it wrong. One in fifty is as it was. */
export function mutate(random: Random, answers: readonly string[]): Buffer {
  let text = answers[random(answers.length)] ?? '';
  if (random(50) === 0) return Buffer.from(text);
  for (let left = 1 + random(3); left > 0; left -= 1) text = changeToken(random, text);
  return random(5) ? Buffer.from(text) : changeBytes(random, text);
}

/** `unit` as often as it fits into an answer of `bytes`, with room for what stands around it. */
export function fill(unit: string, bytes: number): string {
  return unit.repeat(Math.floor((bytes - 400) / Buffer.byteLength(unit)));
}

/** Values as large as an answer may be, each the worst of its kind for a reader of JSON. */
export function largeValues(bytes: number): Record<string, string> {
  const members = (name: (place: number) => string) =>
    Array.from({ length: Math.floor((bytes - 400) / 12) }, (_, place) => `"${name(place)}":1`).join();
  return {
    'a text of backslashes': `"${fill('\\\\', bytes)}"`,
    'a text of quotation marks': `"${fill('\\"', bytes)}"`,
    'a text of escapes': `"${fill('\\u4e00', bytes)}"`,
    'a text of control characters': `"${fill('\u0001', bytes)}"`,
    'a text of byte order marks': `"${fill('\ufeff', bytes)}"`,
    'a text of blanks': `"a${fill(' ', bytes)}b"`,
    'a text that does not end': `"${fill('卡', bytes)}`,
    'lists in lists': fill('[', bytes / 2) + fill(']', bytes / 2),
    'lists in lists that still can be read': '['.repeat(2_000) + ']'.repeat(2_000),
    'objects in objects': fill('{"a":', bytes),
    'a list of numbers': `[${fill('1,', bytes)}1]`,
    'a list of long numbers': `[${fill('12345678901234567890,', bytes)}1]`,
    'a list of objects': `[${fill('{},', bytes)}{}]`,
    'a list of texts': `[${fill('"",', bytes)}""]`,
    'a number without end': fill('9', bytes),
    'one member over and over': `{${fill('"a":{"b":[1]},', bytes)}"a":{"b":[1]}}`,
    'members without end': `{${members((place) => `k${place}`)}}`,
    'members that are numbers': `{${members((place) => String(place * 79))}}`,
    'nothing but lines': `${fill('\n', bytes)}1`,
    'an address': `"https://${fill('a.', bytes)}"`,
    'an address in escapes': `"https://a.example/${fill('%20', bytes)}"`,
    'bans in a row': `"${fill('ban will last for ', bytes)}9"`,
  };
}
