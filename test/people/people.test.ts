import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AccountTakenError, type DirectoryPage, InvalidFieldError } from '../../src/datasources/people/index.js';
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
    for (const kind of ['mobile', 'email', 'moziId', 'zvcmsUserId', 'alipayUserId', 'alipayOpenId'] as const) {
      expect(await people.findByAccount(kind, invented(5)[kind] ?? '')).toMatchObject({ id });
      expect(await people.findByAccount(kind, invented(9)[kind] ?? '')).toBeNull();
    }
    expect(await people.findByAccount('mobile', '0086 139 0000 0005')).toMatchObject({ id });
    expect(await people.findByAccount('email', 'READER.5@Campus-5.Example')).toMatchObject({ id });
    expect(await people.findByAccount('moziId', invented(5).zvcmsUserId ?? '')).toBeNull();
    await expect(people.findByAccount('mobile', '12')).rejects.toThrow(InvalidFieldError);
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
    expect((await directory.people.page({ first: 5, search: '13800138' })).totalCount).toBe(1);
    expect((await directory.people.page({ first: 5, search: 'reader.1@' })).totalCount).toBe(0);
  });

  it('has no answer for people it does not know', async () => {
    const unknown = '01890000-0000-7000-8000-000000000000';
    for (const id of [unknown, '', 'x', '\0', "' or 1=1"]) {
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
    expect((await directory.people.page({ first: 10 })).totalCount).toBe(2);
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
    expect((await directory.people.page({ first: 20 })).totalCount).toBe(1);
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
  });

  it('pages through everyone once, in order, while people are added and forgotten', async () => {
    const ids = await register(...Array.from({ length: 9 }, (_, number) => number));
    const seen: string[] = [];
    let page: DirectoryPage = await directory.people.page({ first: 4 });
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
    expect(await directory.people.page({ first: 3, search: 'reader' })).toMatchObject({ hasNextPage: false });
  });

  it('finds parts of name, mobile and e-mail in any case and width, without false hits', async () => {
    await register(...Array.from({ length: 60 }, (_, number) => number));
    const everyone = Array.from({ length: 60 }, (_, number) => invented(number));
    const count = async (search: string) => {
      const page = await directory.people.page({ first: 100, search });
      expect(page.people).toHaveLength(page.totalCount);
      return page.totalCount;
    };
    const searches = [
      '李',
      '李雷',
      '雷13',
      '郑重6',
      'wu di',
      '9',
      '13900000',
      '0042',
      'er.1',
      '@campus-5',
      'zzz',
      '雷李',
    ];
    for (const search of searches) {
      const expected = everyone.filter(({ name, mobile, email }) =>
        [name, mobile, email].some((value) => value?.toLowerCase().includes(search)),
      );
      expect([search, await count(search)]).toEqual([search, expected.length]);
    }
    expect(await count('ＷＵ　ＤＩ')).toBe(6);
    expect(await count('  ')).toBe(60);
    expect(await count('+86 139-0000-0042')).toBe(1);
    expect(await count('mozi')).toBe(0);
  });

  it('pages through the hits of a search', async () => {
    const ids = await register(...Array.from({ length: 25 }, (_, number) => number));
    const expected = ids.filter((_, number) => number % 10 === 3);
    const first = await directory.people.page({ first: 2, search: '李雷' });
    expect(first).toMatchObject({ hasNextPage: true, hasPreviousPage: false, totalCount: 3 });
    const second = await directory.people.page({ first: 2, search: '李雷', afterId: first.people[1]?.id });
    expect(second).toMatchObject({ hasNextPage: false, hasPreviousPage: true, totalCount: 3 });
    expect([...first.people, ...second.people].map(({ id }) => id)).toEqual(expected);
  });
});
