import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { v7 as newId } from 'uuid';
import { normalisePerson } from '../../src/datasources/people/fields.js';
import { createPeople, type People } from '../../src/datasources/people/index.js';
import { tailNumbers } from '../../src/datasources/people/mobile-tail.js';
import { sealPerson } from '../../src/datasources/people/rows.js';
import { ENGINES } from '../engines.js';
import { type Directory, newDirectory } from './directory.js';

const COUNTED = 10_000;

describe.each(ENGINES)('a large directory on $name', (engine) => {
  let directory: Directory;
  afterEach(() => directory.drop());

  /** One in ten has the mobile's ending 0042. */
  async function fill(from: number, to: number): Promise<void> {
    for (let at = from; at < to; at += 500) {
      const rows = Array.from({ length: Math.min(500, to - at) }, (_, place) => {
        const number = at + place;
        const mobile = `1${String(3_000_000_000 + number * 10_000 + (number % 10 ? 1 : 42))}`;
        const id = newId();
        const data = normalisePerson({ name: `同名${number}`, mobile });
        return { id, ...sealPerson(directory.cipher, id, data), created_at: 1, updated_at: 1 };
      });
      await directory.database.db.insertInto('people').values(rows).execute();
    }
  }

  it('is counted up to ten thousand, and paged through without reading more than is shown', async () => {
    directory = await newDirectory(engine);
    await fill(0, COUNTED);
    const counts = async (people: People) => [
      await people.count(),
      await people.count('同名'),
      await people.count('0042'),
    ];
    // Endings share a number: to count one in ten, those who share it are read, and that is few enough.
    const few = await createPeople(directory.database, directory.cipher);
    expect(await counts(few)).toEqual([COUNTED, COUNTED, 1_000]);

    await fill(COUNTED, COUNTED + 1);
    const people = await createPeople(directory.database, directory.cipher);
    expect(await counts(people)).toEqual([null, null, 1_001]);

    const open = jest.spyOn(directory.cipher, 'open');
    const opened = async (work: Promise<unknown>) => {
      open.mockClear();
      await work;
      return open.mock.calls.length;
    };
    const { people: found } = await people.page({ first: 20, search: '同名' });
    const afterId = found.at(-1)?.id;
    expect(await opened(people.page({ first: 20 }))).toBe(21);
    expect(await opened(people.page({ first: 20, afterId }))).toBe(22);
    expect(await opened(people.page({ first: 20, search: '同名', afterId }))).toBe(22);
    expect(await opened(people.page({ first: 20, search: '同名9999' }))).toBe(1);
    expect(await opened(people.page({ first: 20, search: '异名' }))).toBe(0);
    expect(await opened(people.page({ first: 20, search: '0042' }))).toBeLessThan(60);
    expect(await opened(people.page({ first: 20, search: '13000000042' }))).toBe(0);
    open.mockRestore();
  });

  it('does not count those who share a number where they are more than ten thousand', async () => {
    directory = await newDirectory(engine);
    await fill(0, COUNTED + 1);
    const [number = 0] = tailNumbers(directory.cipher, '0042');
    await directory.database.db.updateTable('people').set({ mobile_tail: number }).execute();
    const people = await createPeople(directory.database, directory.cipher);
    expect(await people.count('0042')).toBeNull();
    expect((await people.page({ first: 5, search: '0042' })).people).toHaveLength(5);
  });
});
