import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCipher } from '../../src/database/cipher.js';
import { createIdentityChecks, type IdentityCheckRecord } from '../../src/datasources/identity-checks/index.js';
import { ENGINES } from '../engines.js';
import { startChecks } from './ledger-setup.js';

describe.each(ENGINES)('reading checks on $name', (engine) => {
  let setup: Awaited<ReturnType<typeof startChecks>>;
  /** Newest first; the third and the second began in the same millisecond. */
  let mine: IdentityCheckRecord[];
  let hers: IdentityCheckRecord;
  beforeAll(async () => {
    setup = await startChecks(engine);
    const { start, database } = setup;
    mine = [];
    for (let made = 1; made <= 7; made += 1) mine.unshift((await start()).check);
    hers = (await start(undefined, 'person-2')).check;
    for (const [place, check] of mine.entries()) {
      const startedAt = 1_000 * (place === 2 ? 8 : 10 - place);
      check.startedAt = new Date(place === 1 ? 8_000 : startedAt);
      await database.db
        .updateTable('identity_checks')
        .set({ started_at: check.startedAt.getTime() })
        .where('id', '=', check.id)
        .execute();
    }
  });
  afterAll(() => setup.close());

  it('goes on behind a check, to the end, each once', async () => {
    const read: IdentityCheckRecord[] = [];
    for (let after: string | undefined; ; after = read.at(-1)?.id) {
      const page = await setup.checks.loaders().byPerson.load({ personId: 'person-1', first: 2, after });
      read.push(...page);
      if (page.length < 2) break;
    }
    expect(read).toEqual(mine);
  });

  it('serves many pages of many people in one batch, each under its own key', async () => {
    const { byPerson } = setup.checks.loaders();
    const pages = await byPerson.loadMany([
      { personId: 'person-1', first: 2, after: mine[1]?.id },
      { personId: 'person-2', first: 3 },
      { personId: 'person-1', first: 1, after: mine[4]?.id },
      { personId: 'person-1', first: 3 },
      { personId: 'person-1', first: 3, after: mine[6]?.id },
      { personId: 'person-2', first: 3, after: hers.id },
      { personId: 'person-1', first: 100, after: mine[1]?.id },
    ]);
    expect(pages).toEqual([mine.slice(2, 4), [hers], mine.slice(5, 6), mine.slice(0, 3), [], [], mine.slice(2)]);
  });

  it.each([
    ["another person's check", () => hers.id],
    ['a check that does not exist', () => '0197f9a0-0000-7000-8000-000000000000'],
    ['no id', () => ''],
    ['an id with a NUL', () => `${mine[0]?.id ?? ''}\0`],
    ['half a surrogate pair', () => '\ud83d'],
  ])('refuses to go on behind %s, by the name of the argument, and serves the rest', async (_name, after) => {
    const { byPerson } = setup.checks.loaders();
    const [refused, served] = await byPerson.loadMany([
      { personId: 'person-1', first: 2, after: after() },
      { personId: 'person-1', first: 2 },
    ]);
    expect(refused).toMatchObject({ name: 'IdentityCheckInputError', argument: 'after' });
    expect(served).toEqual(mine.slice(0, 2));
  });

  it.each(['\0', '\ud83d', 'x', ''])(
    'knows no check and no person by %j, and serves the others of the batch',
    async (id) => {
      const { checks, vendor } = setup;
      const { byId, byPerson } = checks.loaders();
      const broken = [id, `${id}${hers.id}`, `${hers.id}${id}`].filter((one) => one !== hers.id);
      await expect(byId.loadMany([...broken, hers.id])).resolves.toEqual([...broken.map(() => null), hers]);
      await expect(
        byPerson.loadMany([
          { personId: `person-2${id || '?'}`, first: 5 },
          { personId: 'person-2', first: 5 },
        ]),
      ).resolves.toEqual([[], [hers]]);
      for (const one of broken) {
        await expect(checks.find(one)).resolves.toBeNull();
        await expect(checks.settle(one)).resolves.toBeNull();
      }
      expect(vendor.requests).toEqual([]);
    },
  );

  it('fails for the check that cannot be opened, and for no other', async () => {
    const { deps, database } = setup;
    const strange = createIdentityChecks({ ...deps, cipher: createCipher(randomBytes(32)) });
    const input = { identityType: '04', queryType: 'EXACT', subject: { userId: '2088000000000006' } } as const;
    const { check: lost } = await strange.start({ personId: 'person-3', ...input });
    await strange.settle(lost.id);
    const { check: open } = await strange.start({ personId: 'person-4', ...input });
    const damaged = await setup.checks.adopt({
      connKey: randomUUID(),
      onceToken: randomUUID(),
      personId: 'p',
      ...input,
    });
    await database.db
      .updateTable('identity_checks')
      .set({ keys: Buffer.from('damaged') })
      .where('id', '=', damaged.id)
      .execute();

    const { byId, byPerson } = setup.checks.loaders();
    const unreadable = { name: 'DatabaseError', kind: 'key' };
    const [first, second, third] = await byId.loadMany([lost.id, hers.id, open.id]);
    expect(first).toMatchObject(unreadable);
    // Nothing of an open check that is shown is sealed.
    expect([second, third]).toEqual([hers, open]);
    const [of3, of2] = await byPerson.loadMany([
      { personId: 'person-3', first: 5 },
      { personId: 'person-2', first: 5 },
    ]);
    expect(of3).toMatchObject(unreadable);
    expect(of2).toEqual([hers]);

    // Nobody asks about what cannot be opened, and the check is as it was for whoever has the key.
    const asked = setup.vendor.requests.length;
    await expect(setup.checks.settle(open.id)).rejects.toMatchObject(unreadable);
    await expect(setup.checks.settle(damaged.id)).rejects.toMatchObject({ kind: 'corrupt' });
    expect(setup.vendor.requests).toHaveLength(asked);
    await expect(strange.find(open.id)).resolves.toEqual(open);
    await expect(strange.settle(open.id)).resolves.toMatchObject({ status: 'TRUSTED' });
  });
});
