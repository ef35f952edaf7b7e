import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BLOCK_SIZE, Needle } from '../../src/datasources/people/name-blocks.js';
import { NameIndex } from '../../src/datasources/people/name-index.js';

const idOf = (number: number) => `01890000-0000-7000-8000-${String(number).padStart(12, '0')}`;
const CHARACTERS = ['王', '小', '明', 'a', 'b', ' ', '𠮷', '1', 'é'];
const text = (maxLength: number) => fc.string({ unit: fc.constantFrom(...CHARACTERS), minLength: 1, maxLength });

/** All that the index finds, asked page by page. */
function findAll(index: NameIndex, needle: Needle, pageSize: number): string[] {
  const found: string[] = [];
  for (;;) {
    const page = index.find(needle, found.at(-1), pageSize);
    found.push(...page);
    if (page.length < pageSize) return found;
  }
}

describe('the names in memory', () => {
  it('find what looking through all names finds, in the order of ids, through any changes', () => {
    const change = fc.record({
      number: fc.nat(40),
      seq: fc.nat(40),
      name: fc.option(text(6), { freq: 3, nil: undefined }),
    });
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 80 }),
        fc.array(text(3), { minLength: 3, maxLength: 6 }),
        (changes, needles) => {
          const index = new NameIndex();
          const known = new Map<string, { seq: number; name: string }>();
          for (const { number, seq, name } of changes) {
            const id = idOf(number);
            for (const [other, each] of known) if (each.seq === seq) known.delete(other);
            index.removeSeq(seq);
            if (name === undefined) {
              known.delete(id);
              index.removeId(id);
            } else {
              known.set(id, { seq, name });
              index.set(id, seq, name);
            }
          }
          for (const needle of needles) {
            const expected = [...known].filter(([, { name }]) => name.includes(needle)).map(([id]) => id);
            const asked = new Needle(needle);
            expect(findAll(index, asked, 2)).toEqual(expected.sort());
            expect(index.count(asked, 1_000)).toBe(expected.length);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('keep their order over many blocks, whoever comes first', () => {
    const count = 4 * BLOCK_SIZE + 500;
    for (const step of [1, 7, count - 1]) {
      const index = new NameIndex();
      for (let place = 0; place < count; place += 1) {
        const number = (place * step) % count;
        index.set(idOf(number), number + 1, `${number % 5 ? '张' : '李'}${number}`);
      }
      const expected = Array.from({ length: count }, (_, number) => number).filter((number) => number % 5 === 0);
      expect(expected.length).toBeGreaterThan(900);
      expect(findAll(index, new Needle('李'), 500)).toEqual(expected.map(idOf));
      expect(index.find(new Needle('李4000'), undefined, 5)).toEqual([idOf(4_000)]);
      for (let number = 0; number < count; number += 5) {
        if (number % 2) index.removeId(idOf(number));
        else index.removeSeq(number + 1);
      }
      expect(index.count(new Needle('李'), 5)).toBe(0);
      expect(index.count(new Needle('张'), count)).toBe(count - expected.length);
    }
  });

  it('hold nothing of a name that was removed', () => {
    const index = new NameIndex();
    for (let number = 0; number < 50; number += 1) index.set(idOf(number), number + 1, `张${number}`);
    index.set(idOf(20), 21, '欧阳娜娜'.repeat(1_500));
    index.set(idOf(60), 61, '司徒美堂');
    index.removeId(idOf(20));
    index.removeSeq(61);
    const held = buffersOf(index);
    expect(held.some((bytes) => bytes.includes('张49'))).toBe(true);
    for (const name of ['欧阳', '娜', '司徒', '美堂'])
      expect([name, held.some((bytes) => bytes.includes(name))]).toEqual([name, false]);
  });

  it('know no characters that are none', () => {
    const index = new NameIndex();
    index.set(idOf(1), 1, '\ufffd');
    for (const needle of ['\0', '\ud800', '\udc00a']) expect(index.count(new Needle(needle), 5)).toBe(0);
    expect(index.count(new Needle('\ufffd'), 5)).toBe(1);
  });
});

/** Every buffer that can be reached from an object. */
function buffersOf(root: object): Buffer[] {
  if (ArrayBuffer.isView(root)) return [Buffer.from(root.buffer, root.byteOffset, root.byteLength)];
  return Object.values(root).flatMap((value: unknown) =>
    typeof value === 'object' && value !== null ? buffersOf(value) : [],
  );
}
