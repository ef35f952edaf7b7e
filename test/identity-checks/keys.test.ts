import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  IdentityCheckConflictError,
  IdentityCheckInputError,
  type AdoptInput,
} from '../../src/datasources/identity-checks/index.js';
import { ENGINES } from '../engines.js';
import { TRUSTED_AT_ONCE } from '../scenes/zhima.js';
import { startChecks } from './ledger-setup.js';

const adoption = (over: Partial<AdoptInput> = {}): AdoptInput => ({
  connKey: randomUUID(),
  onceToken: randomUUID(),
  identityType: '04',
  queryType: 'EXACT',
  subject: { userId: TRUSTED_AT_ONCE },
  ...over,
});

describe.each(ENGINES)('keys minted elsewhere on $name', (engine) => {
  let setup: Awaited<ReturnType<typeof startChecks>>;
  beforeAll(async () => {
    setup = await startChecks(engine);
  });
  afterAll(() => setup.close());

  it('conflict where they come with another request, whose answer the first verdict is not', async () => {
    const { checks } = setup;
    const input = adoption();
    const { id } = await checks.adopt(input);
    await checks.settle(id);
    for (const other of [{ queryType: 'FUZZY' }, { identityType: '99' }] as const)
      await expect(checks.adopt({ ...input, ...other })).rejects.toBeInstanceOf(IdentityCheckConflictError);
    await expect(checks.adopt(input)).resolves.toMatchObject({ id, status: 'TRUSTED' });
  });

  it('make one check of one token, however many connection keys come with it at once', async () => {
    const { checks, vendor } = setup;
    const asked = vendor.requests.length;
    const onceToken = randomUUID();
    const adopted = await Promise.allSettled(
      Array.from({ length: 8 }, async () => {
        const { id } = await checks.adopt(adoption({ onceToken }));
        return checks.settle(id);
      }),
    );
    const refused = adopted.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
    expect(refused).toHaveLength(7);
    for (const error of refused) expect(error).toBeInstanceOf(IdentityCheckConflictError);
    expect(vendor.requests).toHaveLength(asked + 1);
  });

  it('conflict where the token is one that was minted here', async () => {
    const { checks, start } = setup;
    const { onceToken } = await start();
    await expect(checks.adopt(adoption({ onceToken }))).rejects.toBeInstanceOf(IdentityCheckConflictError);
  });

  it('become the check of the person who comes with them, and of nobody after that', async () => {
    const { checks, database } = setup;
    const input = adoption();
    const { id } = await checks.adopt(input);
    await expect(checks.adopt({ ...input, personId: 'person-7' })).resolves.toMatchObject({ id, personId: 'person-7' });
    await expect(checks.adopt({ ...input, personId: 'person-8' })).rejects.toBeInstanceOf(IdentityCheckConflictError);
    await expect(checks.adopt(input)).resolves.toMatchObject({ id, personId: 'person-7' });
    const { person_id } = await database.db
      .selectFrom('identity_checks')
      .select('person_id')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    expect(person_id).toBe('person-7');
  });

  it("become one person's where two come with them at once", async () => {
    const input = adoption();
    await setup.checks.adopt(input);
    const claims = await Promise.allSettled(
      ['person-1', 'person-2'].map((personId) => setup.checks.adopt({ ...input, personId })),
    );
    expect(claims.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    for (const claim of claims)
      if (claim.status === 'rejected') expect(claim.reason).toBeInstanceOf(IdentityCheckConflictError);
  });

  it.each([
    ['zero-width space', '\u200b'],
    ['soft hyphen', '\u00ad'],
    ['right-to-left override', '\u202e'],
    ['byte order mark', '\ufeff'],
    ['Hangul filler', '\u3164'],
    ['variation selector', '\ufe0f'],
    ['interlinear annotation', '\ufff9'],
    ['NUL', '\0'],
    ['no-break space', '\u00a0'],
  ])('are refused with a %s, which nobody can see', async (_name, invisible) => {
    for (const argument of ['connKey', 'onceToken', 'identityType'] as const) {
      const error = await setup.checks.adopt(adoption({ [argument]: `a${invisible}b` })).catch((one: unknown) => one);
      expect(error).toBeInstanceOf(IdentityCheckInputError);
      expect(error).toMatchObject({ argument });
    }
  });

  it.each(['\0', '\ud83d'])('are refused for a person whose id no database can hold (%j)', async (broken) => {
    await expect(setup.checks.adopt(adoption({ personId: `p${broken}` }))).rejects.toMatchObject({
      name: 'IdentityCheckInputError',
      argument: 'personId',
    });
  });
});
