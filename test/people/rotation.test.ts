import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCipher } from '../../src/database/cipher.js';
import { ENGINES } from '../engines.js';
import { type Directory, invented, newDirectory } from './directory.js';

const PEOPLE = 250;

describe.each(ENGINES)('a change of DATA_KEY on $name', (engine) => {
  const [keyA, keyB, keyC] = [randomBytes(32), randomBytes(32), randomBytes(32)];
  let directory: Directory;
  const ids: string[] = [];

  beforeEach(async () => {
    directory = await newDirectory(engine, keyA);
    ids.length = 0;
    for (let number = 0; number < PEOPLE; number += 1) ids.push((await directory.people.register(invented(number))).id);
  });
  afterEach(() => directory.drop());

  it('keeps everything, and needs the old key no more', async () => {
    const before = await directory.people.loaders().person(ids[42] ?? '');
    // Two processes starting at once share the work.
    const [rotated] = await Promise.all([directory.reopen(keyB, keyA), directory.reopen(keyB, keyA)]);
    const { people: alone } = await directory.reopen(keyB);
    for (const people of [rotated.people, alone]) {
      expect(await people.loaders().person(ids[42] ?? '')).toEqual(before);
      expect(await people.findByAccount('moziId', invented(42).moziId ?? '')).toEqual(before);
      expect(await people.page({ first: 3, search: invented(42).email, countTotal: true })).toMatchObject({
        people: [{ id: ids[42] }],
        totalCount: 1,
      });
      expect(await people.count()).toBe(PEOPLE);
      await expect(people.register({ name: 'Twice', mobile: invented(42).mobile })).rejects.toMatchObject({
        kind: 'mobile',
      });
    }
    const { keyId } = createCipher(keyB);
    for (const table of ['people', 'person_accounts'] as const) {
      const keyIds = await directory.database.db.selectFrom(table).select('key_id').distinct().execute();
      expect(keyIds).toEqual([{ key_id: keyId }]);
    }
    await expect(directory.reopen(keyA)).rejects.toMatchObject({ name: 'DatabaseError', kind: 'key' });
  });

  it('is refused where neither key is the one the data were written with', async () => {
    await expect(directory.reopen(keyC)).rejects.toThrow(/DATA_KEY is not the key that this database was written with/);
    await expect(directory.reopen(keyC, keyB)).rejects.toMatchObject({ kind: 'key' });
    expect(await directory.people.loaders().person(ids[0] ?? '')).toMatchObject(invented(0));
  });

  it('gives no account to two people while processes write with either key', async () => {
    const { people: newer } = await directory.reopen(keyB, keyA);
    await newer.register({ name: 'New key', mobile: '13700009001' });
    await directory.people.register({ name: 'Old key', mobile: '13700009002' });
    const taken = { name: 'AccountTakenError', kind: 'mobile' };
    await expect(directory.people.register({ name: 'Old', mobile: '13700009001' })).rejects.toMatchObject(taken);
    await expect(newer.register({ name: 'New', mobile: '13700009002' })).rejects.toMatchObject(taken);
    expect(await newer.findByAccount('mobile', '13700009002')).toMatchObject({ name: 'Old key' });
    expect((await newer.page({ first: 5, search: 'key' })).people).toHaveLength(2);
    for (const tail of ['9001', '9002'])
      expect((await newer.page({ first: 5, search: tail })).people).toMatchObject([{ mobile: `1370000${tail}` }]);
  });
});
