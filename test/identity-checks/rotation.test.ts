import { randomBytes, randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createCipher } from '../../src/database/cipher.js';
import { openStorage } from '../../src/app/storage.js';
import {
  createCheckErasure,
  createIdentityChecks,
  IdentityCheckConflictError,
  type IdentityCheckDeps,
} from '../../src/datasources/identity-checks/index.js';
import { ENGINES } from '../engines.js';
import { startChecks } from './ledger-setup.js';

const DONE = { left: 0, unreadable: 0 };

describe.each(ENGINES)('a change of the data key on $name', (engine) => {
  let close: () => Promise<void> = () => Promise.resolve();
  afterEach(() => close());

  async function setup(over?: Partial<IdentityCheckDeps>) {
    const started = await startChecks(engine, {}, over);
    close = started.close;
    const { deps, dataKey, database } = started;
    const newKey = randomBytes(32);
    const cipherOfBoth = createCipher(newKey, dataKey);
    const rowOf = (id: string) =>
      database.db.selectFrom('identity_checks').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    return {
      ...started,
      newKey,
      cipherOfBoth,
      withBoth: createIdentityChecks({ ...deps, cipher: cipherOfBoth }),
      withNew: createIdentityChecks({ ...deps, cipher: createCipher(newKey) }),
      rowOf,
    };
  }

  /** A check whose process died while it asked. */
  async function startAndDie({ deps, start }: Awaited<ReturnType<typeof setup>>) {
    const { check } = await start();
    let arrive: () => void = () => undefined;
    const leased = new Promise<void>((resolve) => (arrive = resolve));
    const dying = createIdentityChecks({
      ...deps,
      onStep: (step) => (step === 'intent-committed' ? new Promise(() => arrive()) : Promise.resolve()),
    });
    void dying.settle(check.id);
    await leased;
    return check;
  }

  it('leaves a check that somebody asks about, and seals it anew once their lease has ended', async () => {
    const all = await setup({ leaseMs: 400 });
    const { withBoth, withNew, vendor } = all;
    const check = await startAndDie(all);
    const settled = await all.start();
    await all.checks.settle(settled.check.id);

    await expect(withBoth.reseal()).resolves.toEqual({ left: 1, unreadable: 0 });
    await expect(withNew.reseal()).resolves.toEqual({ left: 0, unreadable: 1 });
    await new Promise((resolve) => setTimeout(resolve, 450));
    await expect(withBoth.reseal()).resolves.toEqual(DONE);

    // The dead process may have spent the token, which taking its lease over must not make anybody forget.
    vendor.play('token-invalid', 1);
    await expect(withNew.settle(check.id)).resolves.toMatchObject({ status: 'LOST' });
  });

  it('keeps whoever lost their lease to it from writing with the old key', async () => {
    const all = await setup({ leaseMs: 1 });
    const { deps, withBoth, withNew, start } = all;
    const { check } = await start();
    const slow = createIdentityChecks({
      ...deps,
      onStep: async (step) => {
        if (step === 'answered') await expect(withBoth.reseal()).resolves.toEqual(DONE);
      },
    });
    await expect(slow.settle(check.id)).rejects.toMatchObject({ name: 'DatabaseError', kind: 'key' });
    await expect(withNew.find(check.id)).resolves.toMatchObject({ status: 'STARTED', merchantIdentityId: null });
  });

  it('keeps a server with the old key from asking about what it saw before', async () => {
    const { deps, withBoth, withNew, start, vendor } = await setup();
    const { check } = await start();
    const slow = createIdentityChecks({
      ...deps,
      onStep: async (step) => {
        if (step === 'before-intent') await expect(withBoth.reseal()).resolves.toEqual(DONE);
      },
    });
    await expect(slow.settle(check.id)).rejects.toMatchObject({ name: 'DatabaseError', kind: 'key' });
    expect(vendor.requests).toEqual([]);
    await expect(withNew.settle(check.id)).resolves.toMatchObject({ status: 'TRUSTED' });
  });

  it('does not undo what was written while it read', async () => {
    const { deps, checks, start, cipherOfBoth, rowOf, erasure, database, url } = await setup();
    const { check } = await start();
    const { check: forgotten } = await start(undefined, 'person-2');
    // When the rows were read, and before the first is sealed anew, one is settled and the other forgotten.
    let meanwhile: Promise<unknown> | undefined;
    const other = await openStorage(url);
    const db = other.db.withPlugin({
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        await (meanwhile ??= Promise.all([
          checks.settle(check.id),
          database.transaction((trx) => erasure.erase(trx, 'person-2', {})),
        ]));
        return result;
      },
    });
    const interrupted = createIdentityChecks({ ...deps, cipher: cipherOfBoth, database: { ...other, db } });
    await expect(interrupted.reseal()).resolves.toEqual({ left: 2, unreadable: 0 });
    await other.close();
    const { status, result, told_user_hash } = await rowOf(check.id);
    expect([status, result, told_user_hash]).toEqual(['TRUSTED', expect.any(Buffer), expect.any(Buffer)]);
    await expect(rowOf(forgotten.id)).resolves.toMatchObject({ keys: null, key_id: null, once_token_hash: null });
  });

  it('counts what no key opens, and goes on with the rest', async () => {
    const { deps, start, withBoth, withNew, rowOf, cipherOfBoth, database } = await setup();
    const strange = createIdentityChecks({ ...deps, cipher: createCipher(randomBytes(32)) });
    const input = { identityType: '04', queryType: 'EXACT', subject: { userId: '2088000000000006' } } as const;
    const { check: lost } = await strange.start({ personId: 'person-2', ...input });
    const { check: damaged } = await start();
    await database.db
      .updateTable('identity_checks')
      .set({ keys: Buffer.from('damaged') })
      .where('id', '=', damaged.id)
      .execute();
    const { check } = await start();
    await expect(withBoth.reseal()).resolves.toEqual({ left: 0, unreadable: 2 });
    expect((await rowOf(check.id)).key_id).toBe(cipherOfBoth.keyId);
    await expect(withNew.settle(check.id)).resolves.toMatchObject({ status: 'TRUSTED' });
    await expect(strange.find(lost.id)).resolves.toEqual(lost);
  });

  it('finds a check by whom the vendor named, also after it', async () => {
    const { checks, start, withBoth, deps, newKey, database } = await setup();
    const { check } = await start('2088000000000006');
    await checks.settle(check.id);
    await withBoth.reseal();
    const erasure = createCheckErasure(createCipher(newKey));
    await database.transaction((trx) => erasure.erase(trx, 'nobody', { openId: 'sandbox-open-id-trusted-at-once' }));
    await expect(createIdentityChecks(deps).find(check.id)).resolves.toMatchObject({
      status: 'TRUSTED',
      personId: null,
      merchantIdentityId: null,
    });
  });
});

describe.each(ENGINES)('checks of an older version on $name', (engine) => {
  let close: () => Promise<void> = () => Promise.resolve();
  afterEach(() => close());

  it('get the hash of their token at the start, the first of two with the same token, with every key', async () => {
    const { checks, deps, dataKey, database, close: end } = await startChecks(engine);
    close = end;
    const input = { identityType: '04', queryType: 'EXACT', subject: { userId: '2088000000000006' } } as const;
    const [onceToken, otherToken] = [randomUUID(), randomUUID()];
    const ids: string[] = [];
    for (const token of [onceToken, onceToken, otherToken]) {
      const connKey = randomUUID();
      ids.push((await checks.adopt({ connKey, onceToken: token, ...input })).id);
      await database.db.updateTable('identity_checks').set({ once_token_hash: null }).execute();
    }
    const hashed = async () => {
      const rows = await database.db.selectFrom('identity_checks').select(['id', 'once_token_hash']).execute();
      return rows.flatMap(({ id, once_token_hash }) => (once_token_hash ? [id] : [])).sort();
    };
    for (let start = 1; start <= 2; start += 1) {
      await expect(checks.reseal()).resolves.toEqual(DONE);
      await expect(hashed()).resolves.toEqual([ids[0], ids[2]].sort());
    }
    const newKey = randomBytes(32);
    const withBoth = createIdentityChecks({ ...deps, cipher: createCipher(newKey, dataKey) });
    await expect(withBoth.reseal()).resolves.toEqual(DONE);
    await expect(hashed()).resolves.toHaveLength(2);
    const withNew = createIdentityChecks({ ...deps, cipher: createCipher(newKey) });
    for (const token of [onceToken, otherToken])
      await expect(withNew.adopt({ connKey: randomUUID(), onceToken: token, ...input })).rejects.toBeInstanceOf(
        IdentityCheckConflictError,
      );
    for (const id of ids) await expect(withNew.find(id)).resolves.toMatchObject({ id, status: 'STARTED' });
  });

  it('do not keep a server from starting where two servers with different keys took the same keys', async () => {
    const { checks, deps, dataKey, close: end } = await startChecks(engine);
    close = end;
    const newKey = randomBytes(32);
    const keys = { connKey: randomUUID(), onceToken: randomUUID() };
    const input = { ...keys, identityType: '04', queryType: 'EXACT', subject: { userId: '2088000000000006' } } as const;
    const old = await checks.adopt(input);
    const withNew = createIdentityChecks({ ...deps, cipher: createCipher(newKey) });
    const young = await withNew.adopt(input);
    const withBoth = createIdentityChecks({ ...deps, cipher: createCipher(newKey, dataKey) });
    await expect(withBoth.reseal()).resolves.toEqual(DONE);
    await expect(withNew.adopt(input)).resolves.toEqual(young);
    await expect(withNew.find(old.id)).resolves.toEqual(old);
  });
});
