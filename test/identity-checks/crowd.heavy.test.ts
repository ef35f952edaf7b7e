import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createIdentityChecks } from '../../src/datasources/identity-checks/index.js';
import { ENGINES } from '../engines.js';
import { Compiled } from './children.js';
import { startChecks } from './ledger-setup.js';

const compiled = new Compiled();
afterAll(() => compiled.erase());

/** SQLite waits for its lock without giving way to the event loop: a crowd there would only measure that. */
const SETTLES = { sqlite: 10, postgres: 100 };

describe.each(ENGINES)('a crowd on $name', (engine) => {
  let setup: Awaited<ReturnType<typeof startChecks>>;
  beforeEach(async () => {
    setup = await startChecks(engine, {}, { timeoutMs: 8_000, leaseMs: 10_000 });
  });
  afterEach(() => setup.close());

  it(`of ${SETTLES[engine.name]} settlements in each of two processes makes one vendor call`, async () => {
    const { start, vendor, order } = setup;
    const { check } = await start();
    vendor.play('slow', 1);
    const settings = { ...order.settings, timeoutMs: 8_000 };
    const crowd = { ...order, settings, leaseMs: 10_000, checkId: check.id, settles: SETTLES[engine.name] };
    const children = [1, 2].map(() => compiled.run('test/identity-checks/crowd-child.ts', crowd));
    await Promise.all(children.map((child) => child.line('ready')));
    for (const child of children) child.send('go');
    const told = await Promise.all(children.map((child) => child.line('told ')));
    await Promise.all(children.map((child) => child.end()));
    const statuses = told.flatMap((line) => JSON.parse(line.slice('told '.length)) as string[]);
    expect(statuses).toEqual(Array.from({ length: 2 * SETTLES[engine.name] }, () => 'TRUSTED'));
    expect(vendor.requests).toHaveLength(1);
  });

  it('shares one answer WAITING among all who waited for it', async () => {
    const { deps, start, vendor } = setup;
    const { check } = await start('2088000000000003');
    vendor.play('slow', 1);
    const others = Array.from({ length: 10 }, () => createIdentityChecks(deps));
    // Somebody has the lease when the others come.
    const asking = createIdentityChecks(deps).settle(check.id);
    while (vendor.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const told = await Promise.all([asking, ...others.map((checks) => checks.settle(check.id))]);
    expect(told.map((record) => record?.status)).toEqual(Array.from({ length: 11 }, () => 'WAITING'));
    expect(vendor.requests).toHaveLength(1);
  });
});
