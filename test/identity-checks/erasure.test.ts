import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type KyselyPlugin } from 'kysely';
import { openStorage } from '../../src/app/storage.js';
import { createIdentityChecks, UnknownPersonError } from '../../src/datasources/identity-checks/index.js';
import { lockLiving } from '../../src/datasources/people/index.js';
import { type ZhimaAnswer, type ZhimaSubject } from '../../src/datasources/zhima/index.js';
import { ENGINES } from '../engines.js';
import { openEngine, openPeople, PERSONAL, startChecks } from './ledger-setup.js';

const U = '2088000000000006';
const CERTIFICATE = { certNo: 'E12345678', certType: '1' } as const;

describe.each(ENGINES)('forgetting a person on $name', (engine) => {
  // One database for all of these: each test has people and checks of its own.
  let opened: Awaited<ReturnType<typeof openEngine>>;
  let close: () => Promise<void> = () => Promise.resolve();
  beforeAll(async () => {
    opened = await openEngine(engine);
  });
  afterEach(() => close());
  afterAll(() => opened.close());

  async function setup() {
    const started = await startChecks(engine, {}, {}, opened);
    close = started.close;
    const { deps, database, erasure } = started;
    const people = await openPeople(database, deps.cipher);
    const rowOf = (id: string) =>
      database.db.selectFrom('identity_checks').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    /** What of the check is not empty of the columns that must be. */
    const tracesOf = async (id: string) => {
      const row = await rowOf(id);
      return PERSONAL.filter((column) => row[column] !== null);
    };
    const adopt = (subject: ZhimaSubject, personId?: string) =>
      started.checks.adopt({
        connKey: randomUUID(),
        onceToken: randomUUID(),
        identityType: '04',
        queryType: 'EXACT',
        subject,
        personId,
      });
    const release = (personId: string, accounts: ZhimaSubject) =>
      database.transaction((trx) => erasure.release(trx, personId, accounts));
    /** Checks that the directory guards, with a vendor that tells this. */
    const guarded = (told?: Partial<ZhimaAnswer>) =>
      createIdentityChecks({
        ...deps,
        lockPerson: lockLiving,
        client: {
          send: () =>
            Promise.resolve({
              verdict: 'TRUSTED',
              resultPageUrl: null,
              merchantIdentityId: null,
              userId: null,
              openId: null,
              ...told,
            }),
        },
      });
    return { ...started, people, rowOf, tracesOf, adopt, release, guarded };
  }

  it('empties the checks of accounts that they have given up, settled or not, and no others', async () => {
    const { checks, adopt, release, forget, tracesOf } = await setup();
    const byAccount = [await adopt({ userId: U }), await adopt({ openId: 'o-1' }), await adopt(CERTIFICATE)];
    const { id: hers } = await adopt({ userId: '2088000000000002' });
    await checks.settle(byAccount[0]?.id ?? '');
    await release('person-1', { userId: U, openId: 'o-1', ...CERTIFICATE });
    for (const { id } of byAccount) {
      // Remembered, and not shown.
      await expect(checks.find(id)).resolves.toMatchObject({ personId: null });
      expect(await tracesOf(id)).toContain('owner_id');
    }
    const { id: later } = await adopt({ userId: U });
    await forget('person-1');
    for (const { id } of byAccount) expect(await tracesOf(id)).toEqual([]);
    expect(await tracesOf(hers)).toContain('keys');
    // Made after the account was given up: nobody's, or its next owner's.
    expect(await tracesOf(later)).toContain('keys');
  });

  it('finds the checks of an account that the directory took from them, and of the one that it gave them', async () => {
    const { people, adopt, tracesOf } = await setup();
    const [old, young] = [randomUUID(), randomUUID()];
    const { id: personId } = await people.register({ name: '张三', alipayUserId: old });
    const made = [await adopt({ userId: old }), await adopt({ userId: young })];
    await people.update(personId, { alipayUserId: young, name: '李四' });
    await expect(people.forget(personId)).resolves.toBe(true);
    for (const { id } of made) expect(await tracesOf(id)).toEqual([]);
  });

  it('leaves the checks of an account to whom it belonged when they were made', async () => {
    const { adopt, release, forget, tracesOf } = await setup();
    const { id: first } = await adopt({ userId: U });
    await release('person-1', { userId: U });
    const { id: second } = await adopt({ userId: U });
    await release('person-2', { userId: U });
    await forget('person-2');
    expect(await tracesOf(first)).toContain('keys');
    expect(await tracesOf(second)).toEqual([]);
    await forget('person-1');
    expect(await tracesOf(first)).toEqual([]);
  });

  it.each([
    ['user id', { userId: U }],
    ['open id', { openId: 'o-1' }],
  ])('empties a check by a certificate that the vendor answered with their %s', async (_name, account) => {
    const { adopt, guarded, release, forget, tracesOf } = await setup();
    const checks = guarded(account);
    const [now, before] = [await adopt(CERTIFICATE), await adopt({ certNo: 'E87654321', certType: '1' })];
    await checks.settle(before.id);
    await release('person-1', account);
    await checks.settle(now.id);
    await forget('person-1', account);
    for (const { id } of [now, before]) expect(await tracesOf(id)).toEqual([]);
  });

  it('refuses a check for somebody who is gone, and makes one for a stranger who was never here', async () => {
    const { people, guarded, database } = await setup();
    const checks = guarded();
    const input = { identityType: '04', queryType: 'EXACT', subject: { userId: U } } as const;
    const keys = { connKey: randomUUID(), onceToken: randomUUID() };
    const { id: here } = await people.register({ name: '张三' });
    const { id } = await checks.adopt({ ...keys, ...input, personId: here });
    await expect(checks.start({ personId: 'gone', ...input })).rejects.toBeInstanceOf(UnknownPersonError);
    await expect(checks.adopt({ ...keys, ...input, personId: 'gone' })).rejects.toBeInstanceOf(UnknownPersonError);
    const { check } = await checks.start({ personId: 'elsewhere', registered: false, ...input });
    const rows = await database.db
      .selectFrom('identity_checks')
      .select(['id', 'person_id'])
      .where('person_id', 'in', [here, 'gone', 'elsewhere'])
      .orderBy('id')
      .execute();
    expect(rows).toEqual([
      { id, person_id: here },
      { id: check.id, person_id: 'elsewhere' },
    ]);
  });

  it('leaves nothing where checks are started at the same moment', async () => {
    const { people, guarded, database } = await setup();
    const checks = guarded();
    const input = { identityType: '04', queryType: 'EXACT', subject: { userId: U } } as const;
    const raced: string[] = [];
    const seen = { made: 0, refused: 0 };
    for (let round = 1; round <= 15; round += 1) {
      const { id: personId } = await people.register({ name: '张三' });
      raced.push(personId);
      const starts = Array.from({ length: 6 }, async (_, place) => {
        await pause(place * 3);
        return place % 2 === 0
          ? checks.start({ personId, ...input })
          : checks.adopt({ connKey: randomUUID(), onceToken: randomUUID(), personId, ...input });
      });
      const [, ...started] = await Promise.allSettled([
        pause(round % 8).then(() => people.forget(personId)),
        ...starts,
      ]);
      for (const each of started) {
        if (each.status === 'fulfilled') seen.made += 1;
        else {
          expect(each.reason).toBeInstanceOf(UnknownPersonError);
          seen.refused += 1;
        }
      }
    }
    const left = await database.db.selectFrom('identity_checks').select('id').where('person_id', 'in', raced).execute();
    expect(left).toEqual([]);
    // Both happened, or nothing was raced.
    expect(seen.made).toBeGreaterThan(0);
    expect(seen.refused).toBeGreaterThan(0);
  });

  it('waits for a check that is being made by one of their accounts, and empties it', async () => {
    const { deps, url, database, erasure, tracesOf } = await setup();
    const other = await openStorage(url);
    for (const accounts of [{ userId: U }, CERTIFICATE]) {
      let arrive: () => void = () => undefined;
      let goOn: () => void = () => undefined;
      const inserted = new Promise<void>((resolve) => (arrive = resolve));
      const released = new Promise<void>((resolve) => (goOn = resolve));
      const standingStill: KyselyPlugin = {
        transformQuery: ({ node }) => node,
        transformResult: async ({ result }) => {
          if (result.rows.some((row) => 'conn_key_hash' in row)) {
            arrive();
            await released;
          }
          return result;
        },
      };
      const slow = createIdentityChecks({
        ...deps,
        database: { ...other, transaction: (work) => other.transaction((trx) => work(trx.withPlugin(standingStill))) },
      });
      const keys = { connKey: randomUUID(), onceToken: randomUUID() };
      const adopting = slow.adopt({ ...keys, identityType: '04', queryType: 'EXACT', subject: accounts });
      await inserted;
      let over = false;
      const forgetting = database
        .transaction((trx) => erasure.release(trx, 'person-1', accounts))
        .then(() => database.transaction((trx) => erasure.erase(trx, 'person-1', {})))
        .then(() => (over = true));
      await pause(100);
      expect(over).toBe(false);
      goOn();
      const { id } = await adopting;
      await forgetting;
      expect(await tracesOf(id)).toEqual([]);
    }
    await other.close();
  });

  it('keeps the vendor from being asked with keys that were read before', async () => {
    const { deps, start, forget, vendor } = await setup();
    const { check } = await start();
    const slow = createIdentityChecks({
      ...deps,
      onStep: (step) => (step === 'before-intent' ? forget('person-1') : Promise.resolve()),
    });
    await expect(slow.settle(check.id)).resolves.toMatchObject({ status: 'STARTED', personId: null, askedAt: null });
    expect(vendor.requests).toEqual([]);
  });

  it('tells apart accounts that have the same text', async () => {
    const { adopt, forget, tracesOf } = await setup();
    const made = [await adopt({ userId: 'a' }), await adopt({ openId: 'a' }), await adopt(CERTIFICATE)];
    await forget('person-1', { userId: 'a' });
    expect(await tracesOf(made[0]?.id ?? '')).toEqual([]);
    for (const { id } of made.slice(1)) expect(await tracesOf(id)).toContain('keys');
  });
});
