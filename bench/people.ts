import { throwIfInterrupted } from './interrupt.js';
import { zvcmsUserId } from './vendors/expected.js';

/** Somebody invented, as every contender's directory knows them. */
export interface BenchPerson {
  id: string;
  /** Counted from 0; the vendors' answers are made from it. */
  number: number;
  name: string;
  mobile: string;
  cards: number;
  zvcmsUserId: string;
}

export type Invented = Omit<BenchPerson, 'id'>;

const SURNAMES = Array.from('王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗');
const GIVEN = ['伟', '芳', '娜', '秀英', '敏', '静', '丽', '强', '磊', '洋', '艳', '勇', '杰', '娟', '子涵', '浩然'];
/** As many fields at the top as the server takes in one operation. */
const AT_ONCE = 100;

export function inventPerson(number: number, cards: number): Invented {
  const surname = SURNAMES[number % SURNAMES.length] ?? '';
  const given = GIVEN[Math.floor(number / SURNAMES.length) % GIVEN.length] ?? '';
  return {
    number,
    name: surname + given,
    mobile: `139${String(number).padStart(8, '0')}`,
    cards,
    zvcmsUserId: zvcmsUserId(number, cards),
  };
}

/** Registers people over the API, as a client would, and gives them with the ids that the server made for them. */
export async function registerPeople(url: string, token: string, invented: Invented[]): Promise<BenchPerson[]> {
  const people: BenchPerson[] = [];
  for (let at = 0; at < invented.length; at += AT_ONCE) {
    throwIfInterrupted();
    const some = invented.slice(at, at + AT_ONCE);
    const query = `mutation (${some.map((_, i) => `$p${i}: PersonInput!`).join(' ')}) {
      ${some.map((_, i) => `p${i}: registerPerson(input: $p${i}) { id }`).join(' ')} }`;
    const variables = Object.fromEntries(some.map((person, i) => [`p${i}`, inputOf(person)]));
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as Registered;
    if (errors?.[0]) throw new Error(`The people could not be registered: ${errors[0].message}`);
    people.push(...some.map((person, i) => ({ ...person, id: data[`p${i}`]?.id ?? '' })));
  }
  return people;
}

interface Registered {
  data: Record<string, { id: string } | undefined>;
  errors?: { message: string }[];
}

export function inputOf({ name, mobile, number, zvcmsUserId: userId }: Invented) {
  return { name, mobile, email: `person${number}@people.example`, zvcmsUserId: userId };
}

export function maskName(name: string): string {
  const [first = '', ...rest] = Array.from(name);
  return first + '*'.repeat(rest.length);
}

export function maskMobile(mobile: string): string {
  return `${mobile.slice(0, 3)}****${mobile.slice(-4)}`;
}
