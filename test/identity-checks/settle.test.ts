import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { VendorError } from '../../src/datasources/transport/errors.js';
import {
  createIdentityChecks,
  disabledVerdictSource,
  IdentityCheckBusyError,
  type IdentityCheckDeps,
} from '../../src/datasources/identity-checks/index.js';
import { type TransportScene } from '../../src/sandbox/server.js';
import { type ZhimaScene } from '../../src/sandbox/zhima.js';
import { ENGINES } from '../engines.js';
import { openEngine, startChecks } from './ledger-setup.js';

const CONFIRMS_LATER = '2088000000000001';
const NEVER_CONFIRMS = '2088000000000003';

describe.each(ENGINES)('settling a check on $name', (engine) => {
  // One database for all of these: each test has a check of its own.
  let opened: Awaited<ReturnType<typeof openEngine>>;
  let close: () => Promise<void> = () => Promise.resolve();
  beforeAll(async () => {
    opened = await openEngine(engine);
  });
  afterEach(() => close());
  afterAll(() => opened.close());

  async function setup(sandbox?: Parameters<typeof startChecks>[1], over?: Partial<IdentityCheckDeps>) {
    const started = await startChecks(engine, sandbox, over, opened);
    close = started.close;
    return started;
  }

  it('goes from STARTED over WAITING to the verdict, which is kept and not asked for again', async () => {
    const { checks, deps, start, vendor } = await setup({ wait: { times: 1 } });
    const { check, connKey, onceToken } = await start(CONFIRMS_LATER);
    expect(check).toMatchObject({ status: 'STARTED', askedAt: null, settledAt: null, personId: 'person-1' });
    await expect(checks.settle(check.id)).resolves.toMatchObject({ status: 'WAITING', settledAt: null });
    const settled = await checks.settle(check.id);
    expect(settled).toMatchObject({
      id: check.id,
      status: 'TRUSTED',
      refusal: null,
      resultPageUrl: expect.stringMatching(/^alipays:/),
      merchantIdentityId: expect.stringMatching(/^V1_/),
      startedAt: check.startedAt,
    });
    expect(Math.abs((settled?.settledAt?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(settled?.askedAt?.getTime()).toBeLessThanOrEqual(settled?.settledAt?.getTime() ?? 0);
    await expect(checks.settle(check.id)).resolves.toEqual(settled);
    await expect(createIdentityChecks(deps).settle(check.id)).resolves.toEqual(settled);
    expect(vendor.requests).toHaveLength(2);
    expect(vendor.requests[0]?.query.get('conn_key')).toBe(connKey);
    expect(vendor.requests[0]?.query.get('once_token')).toBe(onceToken);
  });

  it('keeps NOT_TRUSTED as it keeps TRUSTED', async () => {
    const { checks, start, vendor } = await setup({ wait: { times: 0 } });
    const { check } = await start('2088000000000002');
    await expect(checks.settle(check.id)).resolves.toMatchObject({ status: 'NOT_TRUSTED', refusal: null });
    await expect(checks.settle(check.id)).resolves.toMatchObject({ status: 'NOT_TRUSTED' });
    expect(vendor.requests).toHaveLength(1);
  });

  it('is null for a check that does not exist', async () => {
    const { checks, vendor } = await setup();
    await expect(checks.settle('no-such-check')).resolves.toBeNull();
    expect(vendor.requests).toHaveLength(0);
  });

  it.each([
    ['2088000000000004', 'USER_NOT_AUTHORIZE', 'The person has not agreed to the check.'],
    ['2088000000000008', 'RISK_INTERCEPT', "Zhima's risk control stopped the check."],
  ])('of account %s is REFUSED with %s and our own words, for good', async (userId, code, message) => {
    const { checks, start, vendor } = await setup();
    const { check } = await start(userId);
    for (let time = 1; time <= 2; time += 1)
      await expect(checks.settle(check.id)).resolves.toMatchObject({ status: 'REFUSED', refusal: { code, message } });
    expect(vendor.requests).toHaveLength(1);
  });

  it('is REFUSED where the token is bad and no answer can have been lost', async () => {
    const { checks, start, vendor } = await setup();
    const { check } = await start();
    vendor.play('token-invalid');
    await expect(checks.settle(check.id)).resolves.toMatchObject({
      status: 'REFUSED',
      refusal: { code: 'TOKEN_INVALID' },
    });
  });

  const LEAVES_AS_IT_WAS: [ZhimaScene, string][] = [
    ['throttled', 'throttled'],
    ['too-many-requests', 'throttled'],
    ['merchant-intercept', 'misconfigured'],
    ['unknown-gateway-code', 'misconfigured'],
    ['error-with-details', 'rejected'],
    ['system-error', 'unavailable'],
  ];
  it.each(LEAVES_AS_IT_WAS)('leaves the check as it was in the scene "%s", told as %s', async (scene, kind) => {
    const { checks, start, vendor } = await setup({ wait: { times: 1 } });
    const { check } = await start(CONFIRMS_LATER);
    vendor.play(scene, 1);
    await expect(checks.settle(check.id)).rejects.toMatchObject({ name: 'VendorError', kind });
    await expect(checks.find(check.id)).resolves.toMatchObject({ status: 'STARTED', refusal: null, settledAt: null });
    await expect(checks.settle(check.id)).resolves.toMatchObject({ status: 'WAITING' });
    vendor.play(scene, 1);
    await expect(checks.settle(check.id)).rejects.toMatchObject({ kind });
    await expect(checks.find(check.id)).resolves.toMatchObject({ status: 'WAITING' });
    await expect(checks.settle(check.id)).resolves.toMatchObject({ status: 'TRUSTED' });
  });

  it('does not become LOST by a refusal that left the token alone', async () => {
    const { checks, start, vendor } = await setup();
    const { check } = await start();
    vendor.play('throttled', 1);
    await expect(checks.settle(check.id)).rejects.toBeInstanceOf(VendorError);
    vendor.play('token-invalid', 1);
    await expect(checks.settle(check.id)).resolves.toMatchObject({ status: 'REFUSED' });
  });

  const LOSES: (ZhimaScene | TransportScene)[] = [
    'reset-after-consuming',
    'cut',
    'unavailable',
    'malformed',
    'signed-with-another-key',
    'unsigned',
    'replayed',
    'about-somebody-else',
    'empty-object',
    'accepted',
  ];
  it.each(LOSES)('asks again, freshly signed, after "%s", and finds the answer LOST', async (scene) => {
    const { checks, start, vendor } = await setup();
    const { check } = await start();
    vendor.play(scene, 1);
    await expect(checks.settle(check.id)).rejects.toBeInstanceOf(VendorError);
    await expect(checks.find(check.id)).resolves.toMatchObject({ status: 'STARTED' });
    // What comes in between does not make the first answer any less lost.
    vendor.play('throttled', 1);
    await expect(checks.settle(check.id)).rejects.toMatchObject({ kind: 'throttled' });
    for (let time = 1; time <= 2; time += 1)
      await expect(checks.settle(check.id)).resolves.toMatchObject({ status: 'LOST', refusal: null });
    expect(vendor.requests).toHaveLength(3);
    expect(new Set(vendor.requests.map(({ headers }) => headers['authorization'])).size).toBe(3);
  });

  it('loses nothing where the connection broke while the person had not confirmed', async () => {
    const { checks, start, vendor } = await setup({ wait: { times: 1 } });
    const { check } = await start(CONFIRMS_LATER);
    vendor.play('reset', 1);
    await expect(checks.settle(check.id)).rejects.toMatchObject({ kind: 'unavailable', retryable: true });
    await expect(checks.settle(check.id)).resolves.toMatchObject({ status: 'TRUSTED' });
  });

  it('asks once for all who settle at the same time in one process', async () => {
    const { checks, start, vendor } = await setup();
    const { check } = await start(NEVER_CONFIRMS);
    vendor.play('slow', 1);
    const told = await Promise.all(Array.from({ length: 20 }, () => checks.settle(check.id)));
    expect(new Set(told.map((record) => record?.status))).toEqual(new Set(['WAITING']));
    expect(vendor.requests).toHaveLength(1);
    await checks.settle(check.id);
    expect(vendor.requests).toHaveLength(2);
  });

  it('is told as busy, with the time to come back, where somebody else asks for too long', async () => {
    const { checks, deps, start, vendor } = await setup();
    const { check } = await start();
    vendor.play('hang', 1);
    const asking = checks.settle(check.id).catch(() => undefined);
    while (vendor.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const impatient = createIdentityChecks({ ...deps, timeoutMs: 50 });
    const error = await impatient.settle(check.id).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(IdentityCheckBusyError);
    expect([1, 2]).toContain((error as IdentityCheckBusyError).retryAfterSeconds);
    expect(vendor.requests).toHaveLength(1);
    await asking;
  });

  it('keeps a caller that lost its lease from writing, and from telling what it read', async () => {
    let arrive: () => void = () => undefined;
    let goOn: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => (arrive = resolve));
    const released = new Promise<void>((resolve) => (goOn = resolve));
    const { checks, deps, start, vendor } = await setup({}, { leaseMs: 100 });
    const { check } = await start();
    const sleepy = createIdentityChecks({
      ...deps,
      onStep: async (step) => {
        if (step !== 'answered') return;
        arrive();
        await released;
      },
    });
    const late = sleepy.settle(check.id);
    await answered;
    await expect(checks.settle(check.id)).resolves.toMatchObject({ status: 'LOST' });
    goOn();
    await expect(late).resolves.toMatchObject({ status: 'LOST', merchantIdentityId: null });
    await expect(checks.find(check.id)).resolves.toMatchObject({ status: 'LOST', resultPageUrl: null });
    expect(vendor.requests).toHaveLength(2);
  });

  it('lets a late answer count where nobody has taken the lease over', async () => {
    const { checks, start } = await setup(
      {},
      { leaseMs: 1, onStep: () => new Promise((resolve) => setTimeout(resolve, 20)) },
    );
    const { check } = await start();
    await expect(checks.settle(check.id)).resolves.toMatchObject({ status: 'TRUSTED' });
  });

  it('holds on to a verdict while the database cannot take it', async () => {
    const away: IdentityCheckDeps['onStep'] = async (step) => {
      if (step !== 'answered') return;
      await sql`alter table identity_checks rename to hidden`.execute(database.db);
      setTimeout(() => void sql`alter table hidden rename to identity_checks`.execute(database.db), 150);
    };
    const { checks, start, vendor, database } = await setup({}, { onStep: away });
    const { check } = await start();
    await expect(checks.settle(check.id)).resolves.toMatchObject({ status: 'TRUSTED' });
    expect(vendor.requests).toHaveLength(1);
  });

  it('needs a configured vendor only where it has to ask', async () => {
    const { checks, deps, start } = await setup();
    const { check: known } = await start();
    await checks.settle(known.id);
    const { check: open } = await start();
    const off = createIdentityChecks({ ...deps, client: disabledVerdictSource });
    await expect(off.settle(known.id)).resolves.toMatchObject({ status: 'TRUSTED' });
    await expect(off.settle(open.id)).rejects.toMatchObject({ kind: 'disabled', vendor: 'zhima' });
    await expect(off.find(open.id)).resolves.toEqual(open);
    await expect(checks.settle(open.id)).resolves.toMatchObject({ status: 'TRUSTED' });
  });
});
