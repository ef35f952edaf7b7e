import { expect, it } from '@jest/globals';
import { assert, constantFrom, oneof, property, string } from 'fast-check';
import { maskMobile, maskName } from '../../src/resolvers/person/masking.js';

it.each([
  ['张三', '张*'],
  ['王小明', '王**'],
  ['欧阳娜娜', '欧***'],
  ['诸葛孔明先生', '诸***'],
  ['张', '*'],
  ['a', '*'],
  ['', '*'],
  ['Ada Lovelace', 'A***'],
  ['ab', 'a*'],
  ['阿卜杜拉·买买提', '阿***'],
  // One character as people see it, though two or more code units.
  ['𠮷', '*'],
  ['𠮷野家', '𠮷**'],
  ['👨‍👩‍👧', '*'],
  ['👨‍👩‍👧张', '👨‍👩‍👧*'],
  ['e\u0301', '*'],
  ['e\u0301lise', 'e\u0301***'],
  ['🇨🇳🇨🇳', '🇨🇳*'],
  ['a\r\nb', 'a**'],
])('a name %j is shown as %j', (name, shown) => {
  expect(maskName(name)).toBe(shown);
});

/** The rule by the characters that people see, with nothing done beforehand. */
function bySegments(name: string): string {
  const [first = '', ...rest] = Array.from(new Intl.Segmenter('zh').segment(name), ({ segment }) => segment);
  return rest.length === 0 ? '*' : first + '*'.repeat(Math.min(rest.length, 3));
}

it('any name is shown by the characters that people see, whatever it is made of', () => {
  // Each of these joins with another one to fewer characters, or looks as if it did; half of a pair and line ends, too.
  const parts = constantFrom(
    ...[
      '张',
      '龥',
      '㐀',
      '䶿',
      'a',
      ' ',
      '~',
      '·',
      '•',
      '‧',
      '\u00ad',
      '\u0301',
      '\ufe0f',
      '\u200d',
      '\r',
      '\n',
      '👩',
      '🇨',
      '🇳',
      '𠮷',
    ],
    ...[
      '\ud842',
      '\udfb7',
      '©',
      'é',
      '가',
      '\u1100',
      '\u1161',
      'क',
      '\u094d',
      'ष',
      '\u3099',
      'か',
      '\u0600',
      '\u20e3',
      '1',
    ],
  );
  const names = oneof(
    string({ unit: parts, maxLength: 6 }),
    string({ unit: 'binary', maxLength: 6 }),
    string({ maxLength: 6 }),
  );
  assert(
    property(names, (name) => {
      expect(maskName(name)).toBe(bySegments(name));
    }),
    { numRuns: 3_000 },
  );
});

it('every character that is taken for one by itself is one, before and after any other of them', () => {
  const plain = Array.from({ length: 0x1_0000 }, (_, unit) => String.fromCharCode(unit)).filter((unit) =>
    /[\x20-\x7e·•‧\u3400-\u4dbf\u4e00-\u9fff]/.test(unit),
  );
  expect(plain.length).toBeGreaterThan(27_000);
  const segmenter = new Intl.Segmenter('zh');
  // In pieces: each segment that is given holds the whole text.
  for (const neighbour of ['张', 'a', ' ', '·', '‧', '1']) {
    for (let at = 0; at < plain.length; at += 60) {
      const joined = plain
        .slice(at, at + 60)
        .map((unit) => unit + neighbour)
        .join('');
      expect(Array.from(segmenter.segment(joined), () => 1)).toHaveLength(joined.length);
    }
  }
});

it('how long a long name is, is not shown', () => {
  expect(maskName('张'.repeat(64))).toBe(maskName('张'.repeat(4)));
});

it.each([
  ['18209099090', '182****9090'],
  ['1820909909', '****'],
  ['182', '****'],
  ['', '****'],
])('a mobile %j is shown as %j', (mobile, shown) => {
  expect(maskMobile(mobile)).toBe(shown);
});
