import { afterAll, describe, expect, it } from '@jest/globals';
import { createIdentityChecks, IdentityCheckBusyError } from '../../src/datasources/identity-checks/index.js';
import { ENGINES } from '../engines.js';
import { Compiled } from './children.js';
import { startChecks } from './ledger-setup.js';

/** The account that confirms only after the first question. */
const CONFIRMS_LATER = '2088000000000001';

interface Crash {
  name: string;
  /** Where the process is when it is killed; `request-out` is when the vendor has the request. */
  at: 'before-intent' | 'intent-committed' | 'request-out' | 'answered' | 'answer-committed';
  /** The vendor answers WAITING to the first question. */
  vendorWaits?: boolean;
  /** Requests that the vendor had seen by then. */
  asked: number;
  /** What a new process finds. */
  found: { status: string; asked: boolean };
  /** Whether the lease of the dead process stands in the way for as long as it lasts. */
  busy: boolean;
  /** What settling comes to then, and how many requests the vendor has seen in all. */
  afterwards: { status: string; asked: number };
}

const TABLE: Crash[] = [
  {
    name: 'before the intent: nothing has happened',
    at: 'before-intent',
    asked: 0,
    found: { status: 'STARTED', asked: false },
    busy: false,
    afterwards: { status: 'TRUSTED', asked: 1 },
  },
  {
    name: 'after the intent: the vendor may have been asked, and was not',
    at: 'intent-committed',
    asked: 0,
    found: { status: 'STARTED', asked: true },
    busy: true,
    afterwards: { status: 'TRUSTED', asked: 1 },
  },
  {
    name: 'while the request is out, the vendor spent the token: the answer is lost',
    at: 'request-out',
    asked: 1,
    found: { status: 'STARTED', asked: true },
    busy: true,
    afterwards: { status: 'LOST', asked: 2 },
  },
  {
    name: 'while the request is out, the vendor did not know yet: nothing is lost',
    at: 'request-out',
    vendorWaits: true,
    asked: 1,
    found: { status: 'STARTED', asked: true },
    busy: true,
    afterwards: { status: 'TRUSTED', asked: 2 },
  },
  {
    name: 'after the answer and before the commit: the verdict dies with the process',
    at: 'answered',
    asked: 1,
    found: { status: 'STARTED', asked: true },
    busy: true,
    afterwards: { status: 'LOST', asked: 2 },
  },
  {
    name: 'after the answer WAITING and before the commit: nothing is lost',
    at: 'answered',
    vendorWaits: true,
    asked: 1,
    found: { status: 'STARTED', asked: true },
    busy: true,
    afterwards: { status: 'TRUSTED', asked: 2 },
  },
  {
    name: 'after the commit: the verdict is there without a further question',
    at: 'answer-committed',
    asked: 1,
    found: { status: 'TRUSTED', asked: true },
    busy: false,
    afterwards: { status: 'TRUSTED', asked: 1 },
  },
];

const compiled = new Compiled();
afterAll(() => compiled.erase());

describe.each(ENGINES)('a process killed on $name', (engine) => {
  // Together, since most of their time is spent waiting for leases to expire.
  it.concurrent.each(TABLE)('$name', async ({ at, vendorWaits, asked, found, busy, afterwards }) => {
    const { deps, start, vendor, order, close } = await startChecks(engine, { wait: { times: vendorWaits ? 1 : 0 } });
    try {
      const { check } = await start(CONFIRMS_LATER);
      if (at === 'request-out') vendor.play('hang', 1);
      const child = compiled.run('test/identity-checks/crash-child.ts', { ...order, checkId: check.id, stopAt: at });
      if (at === 'request-out') {
        await child.line('intent-committed');
        while (vendor.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      } else await child.line(at);
      await child.kill();
      expect(child.lines.some((line) => line.startsWith('told'))).toBe(false);
      expect(vendor.requests).toHaveLength(asked);

      // A new process knows nothing but the database. One has no time to wait for the lease's end, the other has.
      const impatient = createIdentityChecks({ ...deps, timeoutMs: 50 });
      const restarted = createIdentityChecks({ ...deps, timeoutMs: 5_000 });
      const record = await restarted.find(check.id);
      expect({ status: record?.status, asked: record?.askedAt !== null }).toEqual(found);
      if (busy) await expect(impatient.settle(check.id)).rejects.toBeInstanceOf(IdentityCheckBusyError);
      expect(vendor.requests).toHaveLength(asked);
      await expect(restarted.settle(check.id)).resolves.toMatchObject({ status: afterwards.status, refusal: null });
      await expect(impatient.settle(check.id)).resolves.toMatchObject({ status: afterwards.status });
      expect(vendor.requests).toHaveLength(afterwards.asked);
    } finally {
      await close();
    }
  });
});
