import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  AccountTakenError,
  createPeople,
  type DirectoryPage,
  InvalidFieldError,
} from '../../src/datasources/people/index.js';
import { ACCOUNT_KINDS } from '../../src/datasources/people/fields.js';
import { ENGINES } from '../engines.js';
import { type Directory, invented, newDirectory } from './directory.js';

describe.each(ENGINES)('the directory on $name', (engine) => {
  let directory: Directory;
  beforeEach(async () => {
    directory = await newDirectory(engine);
  });
  afterEach(() => directory.drop());

  const register = async (...numbers: number[]) => {
    const ids: string[] = [];
    for (const number of numbers) ids.push((await directory.people.register(invented(number))).id);
    return ids;
  };
  const load = (id: string) => directory.people.loaders().person(id);

  it('gives back what was registered, to another connection too', async () => {
    const registered = await directory.people.register({ ...invented(1), mobile: '+86 139-0000-0001' });
    expect(registered).toMatchObject(invented(1));
    const { people } = await directory.reopen();
    expect(await people.loaders().person(registered.id)).toEqual(registered);
  });

  it('stores nothing that can be read', async () => {
    const person = { ...invented(7), idNumber: '11010519491231002X' };
    await directory.people.register(person);
    const stored = await Promise.all([
      directory.database.db.selectFrom('people').selectAll().execute(),
      directory.database.db.selectFrom('person_accounts').selectAll().execute(),
    ]);
    const text = stored
      .flat()
      .flatMap((row) =>
        Object.values(row).map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value))),
      );
    expect(text.length).toBeGreaterThan(20);
    for (const value of Object.values(person)) expect(text.join()).not.toContain(value);
  });

  it('finds a person by each linked account, however it is written, and nobody by another', async () => {
    const [id] = await register(5, 6);
    const { people } = directory;
    expect(ACCOUNT_KINDS.length).toBeGreaterThanOrEqual(6);
    for (const kind of ACCOUNT_KINDS) {
      expect(await people.findByAccount(kind, invented(5)[kind] ?? '')).toMatchObject({ id });
      expect(await people.findByAccount(kind, invented(9)[kind] ?? '')).toBeNull();
    }
    expect(await people.findByAccount('mobile', '0086 139 0000 0005')).toMatchObject({ id });
    expect(await people.findByAccount('email', 'READER.5@Campus-5.Example')).toMatchObject({ id });
    expect(await people.findByAccount('moziId', invented(5).zvcmsUserId ?? '')).toBeNull();
    for (const wrong of ['12', '13900000005\0', '13900000005\ud800'])
      await expect(people.findByAccount('mobile', wrong)).rejects.toThrow(InvalidFieldError);
  });

  it('changes what is given, removes what is null and leaves the rest', async () => {
    const [id = ''] = await register(1);
    const updated = await directory.people.update(id, { email: null, mobile: '13800138000', name: undefined });
    const expected = { ...invented(1), email: null, mobile: '13800138000' };
    expect(updated).toMatchObject(expected);
    expect(await load(id)).toEqual(updated);
    expect(await directory.people.findByAccount('email', invented(1).email ?? '')).toBeNull();
    expect(await directory.people.findByAccount('mobile', invented(1).mobile ?? '')).toBeNull();
    expect(await directory.people.findByAccount('mobile', '13800138000')).toMatchObject({ id });
    expect(await directory.people.count('13800138000')).toBe(1);
    expect(await directory.people.count(invented(1).email)).toBe(0);
  });

  it('has no answer for people it does not know', async () => {
    const unknown = '01890000-0000-7000-8000-000000000000';
    for (const id of [unknown, '', 'x', '\0', '\ud800', `${unknown}\0`, "' or 1=1"]) {
      expect(await load(id)).toBeNull();
      expect(await directory.people.update(id, { name: 'Nobody' })).toBeNull();
      expect(await directory.people.forget(id)).toBe(false);
    }
  });

  it('refuses an account of someone else, naming its kind, and writes nothing of that person', async () => {
    const [, second = ''] = await register(1, 2);
    const taken = directory.people.register({ ...invented(3), zvcmsUserId: invented(1).zvcmsUserId });
    await expect(taken).rejects.toMatchObject({ name: 'AccountTakenError', kind: 'zvcmsUserId' });
    await expect(directory.people.update(second, { email: 'READER.1@campus-1.example' })).rejects.toMatchObject({
      kind: 'email',
    });
    expect(await load(second)).toMatchObject(invented(2));
    expect(await directory.people.count()).toBe(2);
    expect(await directory.people.findByAccount('mobile', invented(3).mobile ?? '')).toBeNull();
    await directory.people.update(second, invented(2));
  });

  it('gives a contested account to one of many, across connections', async () => {
    const other = await directory.reopen();
    const tries = Array.from({ length: 12 }, (_, number) =>
      (number % 2 ? directory.people : other.people).register({ ...invented(number), alipayUserId: '2088999' }),
    );
    const results = await Promise.allSettled(tries);
    const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    expect(reasons).toHaveLength(11);
    for (const reason of reasons) expect(reason).toBeInstanceOf(AccountTakenError);
    expect(await directory.people.count()).toBe(1);
  });

  it('keeps every change of two that update the same people at once', async () => {
    const [one = '', two = ''] = await register(1, 2);
    const other = await directory.reopen();
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([
        directory.people.update(one, { mobile: invented(10 + round).mobile, email: invented(20 + round).email }),
        other.people.update(two, { mobile: invented(30 + round).mobile, email: invented(40 + round).email }),
        directory.people.update(two, { name: `二${round}` }),
        other.people.update(one, { name: `一${round}` }),
      ]);
    }
    expect(await load(one)).toMatchObject({ name: '一4', mobile: invented(14).mobile });
    expect(await load(two)).toMatchObject({ name: '二4', mobile: invented(34).mobile });
  });

  it('loads many people with one query, each under their own id', async () => {
    const ids = await register(...Array.from({ length: 30 }, (_, number) => number));
    const executeQuery = jest.spyOn(directory.database.db.getExecutor(), 'executeQuery');
    const { person } = directory.people.loaders();
    const shuffled = [...ids].reverse().concat('01890000-0000-7000-8000-000000000000', ids[3] ?? '');
    const found = await Promise.all(shuffled.map(person));
    expect(executeQuery).toHaveBeenCalledTimes(1);
    expect(found.map((each) => each?.id)).toEqual([...ids].reverse().concat([undefined, ids[3]] as string[]));
    expect(found[0]).toMatchObject(invented(29));
    const mixed = await Promise.all(['\0', ids[3] ?? '', '\ud800', 'x'].map(directory.people.loaders().person));
    expect(mixed).toMatchObject([null, { id: ids[3] }, null, null]);
  });

  it('pages through everyone once, in order, while people are added and forgotten', async () => {
    const ids = await register(...Array.from({ length: 9 }, (_, number) => number));
    const seen: string[] = [];
    let page: DirectoryPage = await directory.people.page({ first: 4, countTotal: true });
    expect(page).toMatchObject({ hasNextPage: true, hasPreviousPage: false, totalCount: 9 });
    for (let number = 100; ; number += 1) {
      seen.push(...page.people.map(({ id }) => id));
      if (!page.hasNextPage || number > 101) break;
      const [added = ''] = await register(number);
      ids.push(added);
      await directory.people.forget(ids[0] ?? '');
      page = await directory.people.page({ first: 4, afterId: seen.at(-1) });
      expect(page.hasPreviousPage).toBe(true);
    }
    expect(seen).toEqual(ids);
    expect(seen).toHaveLength(11);
    await expect(directory.people.page({ first: 4, afterId: '\0' })).rejects.toThrow(InvalidFieldError);
  });

  it('says that there is no next page on a page that is exactly full', async () => {
    await register(1, 2, 3);
    expect(await directory.people.page({ first: 3 })).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
    expect(await directory.people.page({ first: 3, search: '赵' })).toMatchObject({ hasNextPage: false });
    expect(await directory.people.page({ first: 1, search: '0001' })).toMatchObject({ hasNextPage: false });
  });

  it('finds any part of a name in any case and width, and of mobiles and e-mails the whole or the last four digits', async () => {
    const everyone = Array.from({ length: 60 }, (_, number) => invented(number));
    await register(...everyone.keys());
    const find = async (search: string) => {
      const { people, totalCount } = await directory.people.page({ first: 100, search, countTotal: true });
      expect([search, totalCount]).toEqual([search, people.length]);
      expect(await directory.people.count(search)).toBe(totalCount);
      return people.map(({ name }) => name);
    };
    const byName = [
      '李',
      '李雷',
      '雷13',
      '郑重6',
      'wu di',
      'U D',
      '9',
      '11',
      '雷李',
      'zzz',
      'di\0',
      '李\ud800',
      '\udc00',
      '%',
      '_',
    ];
    for (const search of byName) {
      const expected = everyone.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()));
      expect([search, await find(search)]).toEqual([search, expected.map(({ name }) => name)]);
    }
    expect(await find('ＷＵ　ＤＩ')).toHaveLength(6);
    expect(await find('  ')).toHaveLength(60);
    const [whole] = [invented(42).name];
    for (const search of [
      '+86 139-0000-0042',
      '13900000042',
      '0042',
      '００４２',
      invented(42).email?.toUpperCase() ?? '',
    ])
      expect([search, await find(search)]).toEqual([search, [whole]]);
    const parts = [
      '1390',
      '39000000',
      '1390000004',
      '13900000',
      '042',
      '00042',
      '900000',
      'reader',
      'er.1',
      '@campus-5',
      'reader.42@',
    ];
    for (const search of [...parts, 'mozi', 'zvcmsUserId-00000042'])
      expect([search, await find(search)]).toEqual([search, []]);
  });

  it('finds four digits in names and at the end of mobiles, each person once and in order', async () => {
    const [, second = ''] = await register(1, 2, 3);
    const { people } = directory;
    const both = await people.register({ name: '课室1234', mobile: '13700001234' });
    const byMobile = await people.register({ name: '乙', mobile: '13600001234' });
    await people.update(second, { name: '座1234' });
    const ids = [second, both.id, byMobile.id];
    expect(await people.page({ first: 9, search: '1234', countTotal: true })).toMatchObject({
      people: ids.map((id) => ({ id })),
      totalCount: 3,
      hasNextPage: false,
    });
    for (const [place, id] of ids.entries()) {
      const page = await people.page({ first: 1, search: '1234', afterId: ids[place - 1] });
      expect(page).toMatchObject({ people: [{ id }], hasNextPage: place < 2, hasPreviousPage: place > 0 });
    }
  });

  it('reads little more people than a page of a search shows', async () => {
    await register(...Array.from({ length: 40 }, (_, number) => number));
    const people = await createPeople(directory.database, directory.cipher);
    await people.page({ first: 1, search: '李' });
    const open = jest.spyOn(directory.cipher, 'open');
    await people.page({ first: 3, search: '1' });
    expect(open.mock.calls.length).toBe(4);
    open.mockClear();
    await people.page({ first: 3 });
    expect(open.mock.calls.length).toBe(4);
    open.mockRestore();
  });

  it('counts only where it is asked to', async () => {
    await register(1, 2);
    expect(await directory.people.page({ first: 1 })).toMatchObject({ totalCount: null });
    expect(await directory.people.page({ first: 1, search: '1' })).toMatchObject({ totalCount: null });
    expect(await directory.people.page({ first: 1, countTotal: true })).toMatchObject({ totalCount: 2 });
  });

  it('shows nobody for an account whose index was moved to them', async () => {
    await register(1, 2);
    const { db } = directory.database;
    const rows = await db
      .selectFrom('person_accounts')
      .select(['person_seq', 'hash'])
      .where('kind', '=', 'mobile')
      .execute();
    const [one, two] = rows;
    await db
      .deleteFrom('person_accounts')
      .where('person_seq', '=', two?.person_seq ?? 0)
      .where('kind', '=', 'mobile')
      .execute();
    await db
      .updateTable('person_accounts')
      .set({ person_seq: two?.person_seq ?? 0 })
      .where('hash', '=', one?.hash ?? Buffer.of())
      .execute();
    expect(rows).toHaveLength(2);
    for (const number of [1, 2])
      expect(await directory.people.findByAccount('mobile', invented(number).mobile ?? '')).toBeNull();
  });

  it('reads and renews people who were stored before an account kind existed', async () => {
    const { db } = directory.database;
    const { cipher } = directory;
    const older = [1, 2].map((number) => ({ name: `旧${number}`, mobile: `1370000000${number}` }));
    for (const [place, data] of older.entries()) {
      const id = `01890000-0000-7000-8000-00000000000${place}`;
      const sealed = cipher.seal(JSON.stringify(data), id);
      await db
        .insertInto('people')
        .values({ id, key_id: cipher.keyId, sealed, mobile_tail: null, created_at: 1, updated_at: 1 })
        .execute();
      expect(await load(id)).toMatchObject({ ...data, alipayOpenId: null });
    }
    const { people } = await directory.reopen();
    for (const [place, data] of older.entries()) {
      expect(await people.findByAccount('mobile', data.mobile)).toMatchObject(data);
      expect(
        await people.update(`01890000-0000-7000-8000-00000000000${place}`, { email: `old${place}@a.example` }),
      ).toMatchObject(data);
      expect(await people.page({ first: 5, search: data.mobile.slice(-4) })).toMatchObject({ people: [data] });
    }
  });

  it('pages through the hits of a search', async () => {
    const ids = await register(...Array.from({ length: 25 }, (_, number) => number));
    const expected = ids.filter((_, number) => number % 10 === 3);
    const first = await directory.people.page({ first: 2, search: '李雷', countTotal: true });
    expect(first).toMatchObject({ hasNextPage: true, hasPreviousPage: false, totalCount: 3 });
    const second = await directory.people.page({
      first: 2,
      search: '李雷',
      afterId: first.people[1]?.id,
      countTotal: true,
    });
    expect(second).toMatchObject({ hasNextPage: false, hasPreviousPage: true, totalCount: 3 });
    expect([...first.people, ...second.people].map(({ id }) => id)).toEqual(expected);
  });
});
