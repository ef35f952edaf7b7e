import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createCipher } from '../../src/database/cipher.js';
import { sqliteFile } from '../../src/database/sqlite.js';
import {
  createIdentityChecks,
  IdentityCheckConflictError,
  IdentityCheckInputError,
  type AdoptInput,
} from '../../src/datasources/identity-checks/index.js';
import { ENGINES } from '../engines.js';
import { PERSONAL, startChecks } from './ledger-setup.js';

/** The example in the standard for id card numbers, GB 11643. */
const ID_CARD = '11010519491231002X';

const adoption = (over: Partial<AdoptInput> = {}): AdoptInput => ({
  connKey: '8b1f7c0e-6a6b-4e0e-9d5c-0a1b2c3d4e5f',
  onceToken: 'c3d2a1b0-1111-4222-8333-944445555666',
  identityType: '04',
  queryType: 'EXACT',
  subject: { userId: '2088000000000006' },
  ...over,
});

describe.each(ENGINES)('the identity checks on $name', (engine) => {
  let close: () => Promise<void> = () => Promise.resolve();
  afterEach(() => close());

  async function setup(...args: Parameters<typeof startChecks> extends [unknown, ...infer Rest] ? Rest : never) {
    const started = await startChecks(engine, ...args);
    close = started.close;
    return started;
  }

  it('mint keys that cannot be guessed, other ones each time', async () => {
    const { start } = await setup();
    const made = [await start(), await start()];
    const keys = made.flatMap(({ connKey, onceToken }) => [connKey, onceToken]);
    expect(keys).toHaveLength(4);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(keys).size).toBe(4);
    expect(new Set(made.map(({ check }) => check.id)).size).toBe(2);
  });

  it('are the same check where the same keys are given again, also at the same time', async () => {
    const { checks, vendor } = await setup();
    const all = await Promise.all(Array.from({ length: 8 }, () => checks.adopt(adoption())));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    const settled = await checks.settle(all[0]?.id ?? '');
    expect(settled).toMatchObject({ status: 'TRUSTED', personId: null });
    await expect(checks.adopt(adoption())).resolves.toEqual(settled);
    expect(vendor.requests).toHaveLength(1);
  });

  it('know the keys that they minted themselves', async () => {
    const { checks, start } = await setup();
    const { check, connKey, onceToken } = await start();
    await expect(checks.adopt(adoption({ connKey, onceToken, personId: 'person-1' }))).resolves.toEqual(check);
  });

  it('conflict where the keys are used for another token, another identity or another person', async () => {
    const { checks, start } = await setup();
    await checks.adopt(adoption());
    const { connKey, onceToken } = await start();
    const others: AdoptInput[] = [
      adoption({ onceToken: 'another' }),
      adoption({ subject: { userId: '2088000000000002' } }),
      adoption({ subject: { openId: '2088000000000006' } }),
      adoption({ connKey, onceToken, personId: 'person-2' }),
      adoption({ connKey, onceToken, subject: { userId: '2088000000000002' } }),
    ];
    for (const other of others) await expect(checks.adopt(other)).rejects.toBeInstanceOf(IdentityCheckConflictError);
  });

  it('are found by id and by person, each under its own key, newest first', async () => {
    const { checks, start } = await setup();
    const mine = [];
    for (let made = 1; made <= 3; made += 1) mine.unshift((await start()).check);
    const { check: hers } = await start(undefined, 'person-2');
    const { byId, byPerson } = checks.loaders();
    await expect(byId.loadMany([hers.id, 'nobody', mine[0]?.id ?? ''])).resolves.toEqual([hers, null, mine[0]]);
    await expect(
      byPerson.loadMany([
        { personId: 'person-2', first: 5 },
        { personId: 'nobody', first: 5 },
        { personId: 'person-1', first: 2 },
        { personId: 'person-1', first: 20 },
      ]),
    ).resolves.toEqual([[hers], [], mine.slice(0, 2), mine]);
    await expect(checks.find(hers.id)).resolves.toEqual(hers);
    await expect(checks.find('nobody')).resolves.toBeNull();
  });

  it('forget a person, and keep id, verdict and times', async () => {
    const { checks, start, forget, url, database } = await setup();
    const { check, connKey, onceToken } = await start();
    const settled = await checks.settle(check.id);
    const { check: open } = await start();
    const { check: hers } = await start('2088000000000002', 'person-2');
    // Made without naming the person, found by the account.
    const byAccount = await checks.adopt(adoption());
    await forget('person-1', { userId: '2088000000000006' });

    const emptied = { personId: null, resultPageUrl: null, merchantIdentityId: null };
    await expect(checks.find(check.id)).resolves.toEqual({ ...settled, ...emptied });
    await expect(checks.settle(check.id)).resolves.toEqual({ ...settled, ...emptied });
    await expect(checks.settle(open.id)).resolves.toEqual({ ...open, ...emptied });
    await expect(checks.find(byAccount.id)).resolves.toEqual({ ...byAccount, ...emptied });
    const { byPerson } = checks.loaders();
    await expect(byPerson.load({ personId: 'person-1', first: 5 })).resolves.toEqual([]);
    await expect(byPerson.load({ personId: 'person-2', first: 5 })).resolves.toEqual([hers]);

    const rows = await database.db.selectFrom('identity_checks').selectAll().where('id', '!=', hers.id).execute();
    expect(rows).toHaveLength(3);
    for (const row of rows) expect(PERSONAL.map((column) => row[column])).toEqual(PERSONAL.map(() => null));
    const file = sqliteFile(url);
    if (file === undefined) return;
    for (const name of await readdir(dirname(file))) {
      const bytes = await readFile(join(dirname(file), name));
      for (const secret of ['person-1', connKey, onceToken, '2088000000000006', settled?.merchantIdentityId ?? '?'])
        expect(bytes.includes(secret)).toBe(false);
    }
  });

  it("go with the directory's transaction, or stay with it", async () => {
    const { checks, start, erasure, database } = await setup();
    const { check } = await start();
    const undone = database.transaction(async (trx) => {
      await erasure.erase(trx, 'person-1', {});
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await expect(checks.find(check.id)).resolves.toEqual(check);
    await database.transaction((trx) => erasure.erase(trx, 'person-1', {}));
    await expect(checks.find(check.id)).resolves.toEqual({ ...check, personId: null });
  });

  it('keep neither token nor identity in clear while they are open', async () => {
    const { checks, database } = await setup();
    const input = adoption({ subject: { certNo: ID_CARD, certType: '0' } });
    await checks.adopt(input);
    const row = await database.db.selectFrom('identity_checks').selectAll().executeTakeFirstOrThrow();
    const stored = Object.values(row)
      .map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value)))
      .join('\n');
    for (const secret of [input.onceToken, input.connKey, ID_CARD]) expect(stored).not.toContain(secret);
  });

  it('keep the verdict, and nothing of the person, where they are forgotten while the vendor is asked', async () => {
    const { checks, start, forget, vendor } = await setup();
    const { check } = await start();
    vendor.play('slow', 1);
    const settling = checks.settle(check.id);
    while (vendor.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await forget('person-1');
    const forgotten = { status: 'TRUSTED', personId: null, resultPageUrl: null, merchantIdentityId: null };
    await expect(settling).resolves.toMatchObject(forgotten);
    await expect(checks.find(check.id)).resolves.toMatchObject(forgotten);
  });

  it('are sealed anew after a change of the data key, so that the old one can go', async () => {
    const { checks, deps, dataKey, start } = await setup({ wait: { times: 1 } });
    const { check: open } = await start('2088000000000001');
    const { check } = await start();
    const settled = await checks.settle(check.id);
    await checks.adopt(adoption());

    const newKey = randomBytes(32);
    const withBoth = createIdentityChecks({ ...deps, cipher: createCipher(newKey, dataKey) });
    const byOldHash = await withBoth.adopt(adoption());
    await expect(withBoth.reseal()).resolves.toEqual({ left: 0, unreadable: 0 });
    const withNew = createIdentityChecks({ ...deps, cipher: createCipher(newKey) });
    await expect(withNew.find(check.id)).resolves.toEqual(settled);
    await expect(withNew.settle(open.id)).resolves.toMatchObject({ status: 'WAITING' });
    await expect(withNew.adopt(adoption())).resolves.toEqual(byOldHash);
    await expect(checks.find(check.id)).rejects.toMatchObject({ name: 'DatabaseError', kind: 'key' });
  });
});

describe.each(ENGINES)('a check with keys minted elsewhere on $name', (engine) => {
  let setup: Awaited<ReturnType<typeof startChecks>>;
  beforeAll(async () => {
    setup = await startChecks(engine);
  });
  afterAll(() => setup.close());

  it.each<[string, Partial<AdoptInput>, string]>([
    ['an empty connection key', { connKey: '' }, 'connKey'],
    ['a token of several words', { onceToken: 'a b' }, 'onceToken'],
    ['half a surrogate pair', { connKey: 'x\ud83d' }, 'connKey'],
    ['a key that is too long', { connKey: 'x'.repeat(129) }, 'connKey'],
    ['no identity', { subject: {} }, 'subject'],
    ['an id card with a wrong check character', { subject: { certNo: '110105194912310021', certType: '0' } }, 'certNo'],
    ['an id card of February 30th', { subject: { certNo: '110105194902300020', certType: '0' } }, 'certNo'],
    ['an id card number as a home-return permit', { subject: { certNo: ID_CARD, certType: '2' } }, 'certNo'],
  ])('refuses %s by the name of the argument and stores nothing', async (_name, over, argument) => {
    const error = await setup.checks.adopt(adoption(over)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(IdentityCheckInputError);
    expect(error).toMatchObject({ argument });
    expect(await setup.database.db.selectFrom('identity_checks').select('id').execute()).toEqual([]);
  });

  it.each([
    ['0', ` ${ID_CARD.toLowerCase()} `, ID_CARD],
    ['1', 'e12345678', 'E12345678'],
    ['2', 'H1234567890', 'H1234567890'],
    ['3', 'C12345678', 'C12345678'],
    ['4', '12345678', '12345678'],
    ['5', 'A123456(7)', 'A123456(7)'],
  ] as const)('asks by a certificate of type %s', async (certType, given, sent) => {
    const { id } = await setup.checks.adopt(
      adoption({
        connKey: `type-${certType}`,
        onceToken: `type-${certType}`,
        queryType: 'FUZZY',
        subject: { certNo: given, certType },
      }),
    );
    await expect(setup.checks.settle(id)).resolves.toMatchObject({ status: 'WAITING', queryType: 'FUZZY' });
    const query = setup.vendor.requests.at(-1)?.query;
    expect([query?.get('cert_type'), query?.get('cert_no'), query?.get('query_type')]).toEqual([certType, sent, 'dim']);
  });
});
