import { expect, it } from '@jest/globals';
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
])('a name %j is shown as %j', (name, shown) => {
  expect(maskName(name)).toBe(shown);
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
