import { expect, it } from '@jest/globals';
import { isoText } from '../../src/graph/executor/iso-text.js';

it('writes a date as JSON does, at any time of any day', () => {
  const ends = [0, -1, 1, 86_399_999, 86_400_000, 253_402_300_799_999, 253_402_300_800_000, -62_198_755_200_000];
  const minutes = Array.from({ length: 3_000 }, (_, number) => Date.UTC(2026, 1, 27) + number * 59_999);
  for (const ms of [...ends, ...minutes]) expect(isoText(new Date(ms))).toBe(new Date(ms).toISOString());
});
