import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openStorage } from '../../src/app/storage.js';
import { type Database } from '../../src/database/open.js';

const folder = mkdtempSync(join(tmpdir(), 'kaquan-version-'));
let one: Database;
let other: Database;
beforeAll(async () => {
  one = await openStorage(`file:${join(folder, 'version.db')}`);
  other = await openStorage(`file:${join(folder, 'version.db')}`);
});
afterAll(async () => {
  await one.close();
  await other.close();
  rmSync(folder, { recursive: true });
});

/** Runs within one turn of the event loop, in which a request has arrived. */
async function inOneTurn(work: () => Promise<void>): Promise<void> {
  await nextTurn();
  let over = false;
  setImmediate(() => (over = true));
  one.requestArrived();
  await work();
  expect(over).toBe(false);
}

it('sees what this process itself wrote within the turn', () =>
  inOneTurn(async () => {
    const before = one.version();
    await one.ping();
    expect(one.version()).not.toBe(before);
    const between = one.version();
    await one.transaction(async (trx) => {
      await trx.updateTable('readiness').set({ checked_at: 1 }).execute();
    });
    expect(one.version()).not.toBe(between);
  }));

it('is looked at once in a turn, and anew in the next', async () => {
  let before: string | undefined;
  await inOneTurn(async () => {
    before = one.version();
    await other.ping();
    expect(one.version()).toBe(before);
  });
  await nextTurn();
  expect(one.version()).not.toBe(before);
});
