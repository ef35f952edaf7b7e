import { afterAll, describe, expect, it } from '@jest/globals';
import { ENGINES } from '../engines.js';
import { Compiled } from './children.js';
import { openPeople, startChecks } from './ledger-setup.js';

const compiled = new Compiled();
afterAll(() => compiled.erase());

const PEOPLE = 60;
const STARTERS = 3;

describe.each(ENGINES)('processes on $name', (engine) => {
  it(`of which ${STARTERS} start checks while one forgets the person leave nothing of ${PEOPLE} people`, async () => {
    const { database, deps, order, close } = await startChecks(engine);
    const children = ['forget', ...Array.from({ length: STARTERS }, () => 'start')].map((role) =>
      compiled.run('test/identity-checks/erasure-child.ts', { ...order, role }),
    );
    try {
      await Promise.all(children.map((child) => child.line('ready')));
      const people = await openPeople(database, deps.cipher);
      const made: number[] = [];
      for (let number = 1; number <= PEOPLE; number += 1) {
        const { id: personId } = await people.register({ name: '张三' });
        // The first who is told has a head start: each process is first at some time.
        const inTurn = children.map((_, place) => children[(place + number) % children.length]);
        for (const child of inTurn) child?.send(personId);
        const told = await Promise.all(children.map((child) => child.line(`${personId} `)));
        for (const line of told) {
          expect(line).not.toContain('failed');
          if (line.includes('made')) made.push(Number(line.split(' ').at(-1)));
        }
      }
      const left = await database.db
        .selectFrom('identity_checks')
        .select('id')
        .where((eb) => eb.or([eb('person_id', 'is not', null), eb('keys', 'is not', null)]))
        .execute();
      expect(left).toEqual([]);
      // Some were in time and some too late, or nothing was raced.
      expect(made).toHaveLength(PEOPLE * STARTERS);
      expect(made.filter((count) => count > 0).length).toBeGreaterThan(0);
      expect(made.filter((count) => count < 3).length).toBeGreaterThan(0);
    } finally {
      await Promise.all(children.map((child) => child.end()));
      await close();
    }
  });
});
