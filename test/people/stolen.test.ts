import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { type PersonInput } from '../../src/datasources/people/index.js';
import { mobileTail, tailNumbers } from '../../src/datasources/people/mobile-tail.js';
import { SQLITE } from '../engines.js';
import { type Directory, newDirectory } from './directory.js';

/*
 * The attack: somebody has the database without DATA_KEY, and knows half of the people in plain, each with their row. What
 * do the stored columns tell them of the other half?
 */
const PEOPLE = 400;
const SURNAMES = Array.from('赵钱孙李周吴郑王冯陈');
const GIVEN = Array.from('伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英');

/** Pseudo-random, so that every run attacks the same people; the key is another each time. */
function drawer(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function inventCrowd(): Required<Pick<PersonInput, 'name' | 'mobile' | 'email'>>[] {
  const draw = drawer(7);
  const pick = (from: readonly string[]) => from[draw(from.length)] ?? '';
  return Array.from({ length: PEOPLE }, (_, number) => ({
    name: pick(SURNAMES) + pick(GIVEN) + (draw(2) ? pick(GIVEN) : ''),
    mobile: `1${3 + draw(7)}${String(draw(1e9)).padStart(9, '0')}`,
    email: `${'reader'.slice(0, 2 + draw(5))}${number}@${draw(2) ? 'campus' : 'a'}.example`,
  }));
}

/** What stands in a person's rows, but for what is random: nonces and ciphertext, ids and HMACs. */
interface Seen {
  sealedLength: number;
  mobileTail: number;
  kinds: string;
}

describe('a stolen database', () => {
  let directory: Directory;
  const crowd = inventCrowd();
  const [known, strangers] = [crowd.slice(0, PEOPLE / 2), crowd.slice(PEOPLE / 2)];
  let seen: Seen[] = [];

  beforeAll(async () => {
    directory = await newDirectory(SQLITE, randomBytes(32));
    for (const person of crowd) await directory.people.register(person);
    const { rows } = await sql<Seen>`
      select length(sealed) as sealedLength, mobile_tail as mobileTail,
        (select group_concat(kind) from person_accounts where person_seq = seq) as kinds
      from people order by seq`.execute(directory.database.db);
    seen = rows;
    expect(seen).toHaveLength(PEOPLE);
  });
  afterAll(() => directory.drop());

  it('has no columns but those that docs/storage.md speaks of', async () => {
    const tables = await directory.database.db.introspection.getTables();
    const columns = tables
      .filter(({ name }) => /people|person|name/.test(name))
      .flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.name}`));
    expect(columns.sort()).toEqual(
      [
        ...['seq', 'id', 'key_id', 'sealed', 'mobile_tail', 'created_at', 'updated_at'].map((name) => `people.${name}`),
        ...['kind', 'hash', 'key_id', 'person_seq'].map((name) => `person_accounts.${name}`),
        ...['person_seq', 'version'].map((name) => `name_changes.${name}`),
      ].sort(),
    );
  });

  it('tells nothing of the surnames and e-mails of strangers, whose rows look alike whatever these are', () => {
    expect(new Set(seen.map(({ sealedLength, kinds }) => `${sealedLength} ${kinds}`)).size).toBe(1);
    // What is left to guess by is the number of the mobile: the best guess is the surname of whom it is shared with.
    const right = strangers.filter(({ name }, place) => {
      const alike = known.filter((_, other) => seen[other]?.mobileTail === seen[PEOPLE / 2 + place]?.mobileTail);
      return (alike[0] ?? known[0])?.name[0] === name[0];
    });
    // One in ten by chance.
    expect(right.length / strangers.length).toBeLessThan(0.25);
  });

  // And with five digits between the first two and these: seven million mobiles.
  it('leaves ten endings for each stranger, even to whoever knows the number of every ending', () => {
    const endings = new Map<number, string[]>();
    for (let ending = 0; ending < 10_000; ending += 1) {
      const tail = String(ending).padStart(4, '0');
      const [number = 0] = tailNumbers(directory.cipher, tail);
      endings.set(number, [...(endings.get(number) ?? []), tail]);
    }
    for (const [place, { mobile }] of strangers.entries()) {
      const candidates = endings.get(seen[PEOPLE / 2 + place]?.mobileTail ?? -1) ?? [];
      expect(candidates).toHaveLength(10);
      expect(candidates).toContain(mobileTail(mobile ?? ''));
    }
  });

  it('cannot be read by the numbers of the known half', () => {
    const learnt = new Map(known.map(({ mobile }, place) => [seen[place]?.mobileTail, mobileTail(mobile ?? '')]));
    const guessed = strangers.filter(
      ({ mobile }, place) => learnt.get(seen[PEOPLE / 2 + place]?.mobileTail) === mobileTail(mobile ?? ''),
    );
    // About one in ten of those whose number is known at all, which are a fifth.
    expect(guessed.length).toBeLessThan(20);
  });

  it('has another order of endings under another key', async () => {
    const other = await newDirectory(SQLITE, randomBytes(32));
    const numbers = (cipher: Directory['cipher']) =>
      Array.from({ length: 100 }, (_, ending) => tailNumbers(cipher, String(ending).padStart(4, '0'))[0]);
    expect(numbers(other.cipher)).not.toEqual(numbers(directory.cipher));
    await other.drop();
  });
});
