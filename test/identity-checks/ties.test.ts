import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createIdentityChecks, type IdentityChecks } from '../../src/datasources/identity-checks/index.js';
import { type ZhimaAnswer, type ZhimaSubject } from '../../src/datasources/zhima/index.js';
import { ENGINES } from '../engines.js';
import { openEngine, startChecks } from './ledger-setup.js';

const answer = (verdict: ZhimaAnswer['verdict'], told: Partial<ZhimaAnswer> = {}): ZhimaAnswer => ({
  verdict,
  resultPageUrl: null,
  merchantIdentityId: null,
  userId: null,
  openId: null,
  ...told,
});

const ABOUT_SOMEBODY_ELSE = { kind: 'protocol', message: 'zhima answered about somebody else', maybeSent: true };
/** Invented, with a right check character. */
const ID_CARDS = ['11010519491231002X', '110101199003070759'];

describe.each(ENGINES)('an answer on $name', (engine) => {
  let opened: Awaited<ReturnType<typeof openEngine>>;
  let setup: Awaited<ReturnType<typeof startChecks>>;
  /** What the vendor answers next, as far as the client can check it alone. */
  let answers: ZhimaAnswer[];
  let checks: IdentityChecks;
  beforeAll(async () => {
    opened = await openEngine(engine);
    setup = await startChecks(engine, {}, {}, opened);
    checks = createIdentityChecks({
      ...setup.deps,
      client: { send: () => Promise.resolve(answers.shift() ?? answer('WAITING')) },
    });
  });
  afterAll(async () => {
    await setup.close();
    await opened.close();
  });

  const adopt = (subject: ZhimaSubject) =>
    checks.adopt({ connKey: randomUUID(), onceToken: randomUUID(), identityType: '04', queryType: 'EXACT', subject });
  let passports = 0;
  const newCertificate = () => ({ certNo: `E${10_000_000 + (passports += 1)}`, certType: '1' as const });

  it.each([
    ['userId', { userId: 'u1' }, { userId: 'u2' }],
    ['openId', { openId: 'o1' }, { openId: 'o2' }],
    ['merchantIdentityId', { merchantIdentityId: 'V1_1' }, { merchantIdentityId: 'V1_2' }],
  ])('with another %s than an earlier answer about the same check is not believed', async (_name, told, other) => {
    const { id } = await adopt(newCertificate());
    // The second says nothing, and must not make the check forget.
    answers = [answer('WAITING', told), answer('WAITING'), answer('TRUSTED', other), answer('TRUSTED', told)];
    await checks.settle(id);
    await checks.settle(id);
    await expect(checks.settle(id)).rejects.toMatchObject(ABOUT_SOMEBODY_ELSE);
    await expect(checks.find(id)).resolves.toMatchObject({ status: 'WAITING' });
    await expect(checks.settle(id)).resolves.toMatchObject({ status: 'TRUSTED' });
  });

  it('about a certificate is not believed with another pseudonym than the last verdict about it', async () => {
    const [certNo, otherCertNo] = ID_CARDS;
    const first = await adopt({ certNo });
    answers = [answer('NOT_TRUSTED', { merchantIdentityId: 'V1_a', userId: 'u1' })];
    await checks.settle(first.id);
    const again = await adopt({ certNo });
    answers = [answer('TRUSTED', { merchantIdentityId: 'V1_b' })];
    await expect(checks.settle(again.id)).rejects.toMatchObject(ABOUT_SOMEBODY_ELSE);
    // A person may have two accounts, and the vendor may come to make its pseudonyms in another way.
    answers = [answer('WAITING', { merchantIdentityId: 'V2_b', userId: 'u2' })];
    await expect(checks.settle(again.id)).resolves.toMatchObject({ status: 'WAITING' });
    const other = await adopt({ certNo: otherCertNo });
    answers = [answer('TRUSTED', { merchantIdentityId: 'V1_b' })];
    await expect(checks.settle(other.id)).resolves.toMatchObject({ status: 'TRUSTED' });
  });

  it('is not held against a verdict that cannot be opened any more', async () => {
    const subject = newCertificate();
    const first = await adopt(subject);
    answers = [answer('TRUSTED', { merchantIdentityId: 'V1_a' }), answer('TRUSTED', { merchantIdentityId: 'V1_b' })];
    await checks.settle(first.id);
    await opened.database.db
      .updateTable('identity_checks')
      .set({ result: Buffer.from('damaged') })
      .where('id', '=', first.id)
      .execute();
    const again = await adopt(subject);
    await expect(checks.settle(again.id)).resolves.toMatchObject({ status: 'TRUSTED' });
  });

  it("about an account is believed with another pseudonym: accounts come to be other people's", async () => {
    answers = [answer('TRUSTED', { merchantIdentityId: 'V1_a' }), answer('TRUSTED', { merchantIdentityId: 'V1_b' })];
    for (let time = 1; time <= 2; time += 1) {
      const { id } = await adopt({ userId: '2088000000000042' });
      await expect(checks.settle(id)).resolves.toMatchObject({ status: 'TRUSTED' });
    }
  });
});
