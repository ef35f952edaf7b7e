import { checkCards, checkMasked, checkVoucher, type Data, firstProblem, rowsOf, same } from '../checks.js';
import { CARDS, FIRST_PAGE, PLAIN, SEARCH, VOUCHERS } from '../operations.js';
import { type BenchPerson, maskName } from '../people.js';
import { type Question, type Workload } from '../workloads.js';

/** How many people have each of these numbers of cards. */
const PEOPLE_A_LENGTH = 8;
export const CARD_COUNTS = [1, 5, 20, 100, 500];
export const PEOPLE_COUNTS = [1, 5, 20, 50, 100];
export const CONNECTION_COUNTS = [1, 10, 32, 100, 320, 1_000];
/** Who has cards as CARD_COUNTS say; everybody behind them in the directory has five. */
export const COLLECTORS = CARD_COUNTS.flatMap((cards) => Array<number>(PEOPLE_A_LENGTH).fill(cards));
const COUNT = 200;

function workload(
  name: string,
  count: number,
  question: (people: readonly BenchPerson[], number: number) => Omit<Question, 'path'>,
): Workload {
  const asked = (people: readonly BenchPerson[], number: number) => ({ ...question(people, number), path: '' });
  return { name, about: name, asksVendors: true, count, question: asked };
}

/** Spread over the whole directory by a stride that is prime, so that caches of the database help as little as they would. */
function someone(people: readonly BenchPerson[], number: number): BenchPerson {
  const person = people[(number * 7919) % people.length];
  if (!person) throw new Error('the directory is empty');
  return person;
}

export function vouchersOf(size: number): Workload {
  return workload(`vouchers of ${size}`, COUNT, (people, number) => {
    // Neighbours, so that nobody is asked for twice in a request.
    const start = (number * 13) % (people.length - size + 1);
    const asked = people.slice(start, start + size);
    return {
      query: VOUCHERS,
      variables: { ids: asked.map(({ id }) => id) },
      check: (data: Data) => {
        const rows = rowsOf(data['people']);
        return firstProblem(
          same('number of people', rows.length, size),
          ...asked.flatMap((person, at) => [
            same('id', rows[at]?.['id'], person.id),
            checkVoucher(rows[at]?.['voucher'], person),
          ]),
        );
      },
    };
  });
}

export function cardsOf(cards: number): Workload {
  return workload(`${cards} cards`, PEOPLE_A_LENGTH, (people, number) => {
    const person = people[CARD_COUNTS.indexOf(cards) * PEOPLE_A_LENGTH + number];
    if (!person) throw new Error('the directory has no collectors');
    return {
      query: CARDS,
      variables: { id: person.id },
      check: (data: Data) => checkCards((data['person'] as Data | null)?.['giftCards'], person),
    };
  });
}

export const ONE_PERSON = workload('one person by id', COUNT, (people, number) => {
  const person = someone(people, number);
  return {
    query: PLAIN,
    variables: { id: person.id },
    check: (data: Data) => checkMasked(data['person'] as Data, person),
  };
});

const nodesOf = (data: Data) =>
  rowsOf((data['directory'] as Data | null)?.['edges']).map((edge) => edge?.['node'] as Data | undefined);

export const PAGE = workload('the first page of the directory', 1, (people) => ({
  query: FIRST_PAGE,
  variables: {},
  check: (data: Data) => {
    const nodes = nodesOf(data);
    const [first] = people;
    return firstProblem(same('number of people', nodes.length, 20), same('id', nodes[0]?.['id'], first?.id));
  },
}));

export const FOUND = workload('one person by their mobile number', COUNT, (people, number) => {
  const person = someone(people, number);
  return {
    query: SEARCH,
    variables: { search: person.mobile },
    check: (data: Data) => {
      const nodes = nodesOf(data);
      return firstProblem(
        same('number of people', nodes.length, 1),
        same('id', nodes[0]?.['id'], person.id),
        same('maskedName', nodes[0]?.['maskedName'], maskName(person.name)),
      );
    },
  };
});

/** One in twenty has this surname. The first such search reads the names of everybody: that is the warm-up's. */
const SURNAME = '王';
export const BROAD = workload('the first page of all with one surname', 1, () => ({
  query: SEARCH,
  variables: { search: SURNAME },
  check: (data: Data) => {
    const nodes = nodesOf(data);
    return firstProblem(
      same('number of people', nodes.length, 20),
      ...nodes.map((node) => same('surname', String(node?.['maskedName']).charAt(0), SURNAME)),
    );
  },
}));
