import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sqliteFile } from '../../src/database/sqlite.js';
import { type People } from '../../src/datasources/people/index.js';
import { randomOf } from '../app/http/inventions.js';
import { runChild } from '../child.js';
import { SQLITE } from '../engines.js';
import { type Directory, invented, newDirectory } from './directory.js';

const KEY = Buffer.alloc(32, 9);

let directory: Directory;
let other: People;
beforeEach(async () => {
  directory = await newDirectory(SQLITE, KEY);
  other = (await directory.reopen()).people;
});
afterEach(() => directory.drop());

/** As the next request would. */
const load = (id: string, people = directory.people) => people.loaders().person(id);
/** Known from now on, which a second look shows: it asks the database nothing. */
async function known(id: string): Promise<void> {
  await load(id);
  await load(id);
}

describe('a person who is known here', () => {
  it('is read once, until somebody writes', async () => {
    const { id } = await directory.people.register(invented(1));
    const first = await load(id);
    // The same object, and no equal one: it was not read again.
    expect(await load(id)).toBe(first);
    await other.register(invented(2));
    const again = await load(id);
    expect(again).not.toBe(first);
    expect(again).toEqual(first);
  });

  it('is shown as another connection changed them, at once', async () => {
    const { id } = await directory.people.register(invented(1));
    await known(id);
    await other.update(id, { name: '改' });
    expect(await load(id)).toMatchObject({ name: '改' });
  });

  it('is gone at once where another connection forgot them', async () => {
    const { id } = await directory.people.register(invented(1));
    await known(id);
    await other.forget(id);
    expect(await load(id)).toBeNull();
  });

  it('who was not there before is there once another connection registered them', async () => {
    const { id } = await other.register(invented(1));
    await other.forget(id);
    await known(id);
    const { id: next } = await other.register(invented(1));
    expect(await load(next)).toMatchObject(invented(1));
  });

  it('is read where the two copies of the header differ, as while somebody writes it', async () => {
    const { id } = await directory.people.register(invented(1));
    await known(id);
    const index = `${sqliteFile(directory.url) ?? ''}-shm`;
    const fd = openSync(index, 'r+');
    const byte = Buffer.alloc(1);
    readSync(fd, byte, 0, 1, 48 + 8);
    const whole = Buffer.from(byte);
    byte[0] = (byte[0] ?? 0) ^ 0xff;
    try {
      expect(directory.database.version()).toEqual(expect.any(String));
      writeSync(fd, byte, 0, 1, 48 + 8);
      expect(directory.database.version()).toBeUndefined();
    } finally {
      writeSync(fd, whole, 0, 1, 48 + 8);
      closeSync(fd);
    }
    expect(directory.database.version()).toEqual(expect.any(String));
  });

  it.each([1, 2, 3])(
    'is never shown as they were, whoever of two writes and looks, in any order (%d)',
    async (seed) => {
      const random = randomOf(seed);
      const both = [directory.people, other];
      /** What was written last; null once forgotten. */
      const names = new Map<string, string | null>();
      const someone = () => [...names.keys()][random(names.size || 1)] ?? '';
      const looks: string[] = [];
      for (let step = 0; step < 300; step += 1) {
        const writer = both[random(2)] ?? other;
        const id = someone();
        const kind = random(10);
        if (names.size < 3 || kind === 0) {
          const { id: added, name } = await writer.register(invented(step));
          names.set(added, name);
        } else if (kind < 4) {
          const changed = await writer.update(id, { name: `名${step}` });
          names.set(id, changed?.name ?? null);
        } else if (kind === 4 && random(4) === 0) {
          await writer.forget(id);
          names.set(id, null);
        } else {
          for (const reader of both) {
            const shown = (await load(id, reader))?.name ?? null;
            if (shown !== names.get(id)) looks.push(`step ${step}: ${shown} for ${names.get(id)}`);
          }
        }
      }
      expect(looks).toEqual([]);
      expect([...names.values()].filter((name) => name === null).length).toBeGreaterThan(0);
    },
  );

  it('is shown as another process has changed them, from the moment that it says so', async () => {
    const { id } = await directory.people.register(invented(1));
    const child = runChild('people/rename-child.ts', [directory.url, KEY.toString('base64'), id, '200']);
    const stale: string[] = [];
    let looks = 0;
    // As long as it may have something to say.
    while (child.lines.length < 200) {
      const acknowledged = Number(child.lines.at(-1) ?? -1);
      const shown = Number((await load(id))?.name.replace(/^名/, '') ?? NaN);
      if (child.lines.length > 0) looks += 1;
      if (shown < acknowledged) stale.push(`${shown} after ${acknowledged}`);
      // Lets the child's lines in, or its end.
      await Promise.race([new Promise((resolve) => setImmediate(resolve)), child.ended]);
    }
    await child.ended;
    expect(stale).toEqual([]);
    expect(looks).toBeGreaterThan(50);
    expect(await load(id)).toMatchObject({ name: '名199' });
  });
});
