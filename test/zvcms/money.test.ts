import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatFen, parseFen } from '../../src/datasources/zvcms/money.js';

describe('money', () => {
  it.each([
    ['0', 0n],
    ['0.29', 29n],
    ['128.5', 12850n],
    ['128.50', 12850n],
    ['128.5000', 12850n],
    ['90071992547409.93', 9007199254740993n],
    ['007', 700n],
  ])('reads %s yuan', (text, fen) => expect(parseFen(text, 'yuan')).toBe(fen));

  it.each([
    ['12850', 12850n],
    ['12850.00', 12850n],
  ])('reads %s fen', (text, fen) => expect(parseFen(text, 'fen')).toBe(fen));

  it.each([
    '',
    '-1',
    '+1',
    '1.',
    '.5',
    '1e2',
    '1,280.00',
    '0.005',
    '128.505',
    '¥5',
    'free',
    ' 1',
    '1'.repeat(19),
    'NaN',
  ])('does not read "%s"', (text) => expect(parseFen(text, 'yuan')).toBeNull());

  it('does not read half a fen', () => expect(parseFen('12850.5', 'fen')).toBeNull());

  it.each([
    [0n, '0.00'],
    [5n, '0.05'],
    [12850n, '128.50'],
    [9007199254740993n, '90071992547409.93'],
    [-5n, '-0.05'],
  ])('prints %s fen', (fen, text) => expect(formatFen(fen)).toBe(text));

  it('reads back what it prints', () => {
    fc.assert(fc.property(fc.bigInt(0n, 10n ** 19n), (fen) => parseFen(formatFen(fen), 'yuan') === fen));
  });
});
