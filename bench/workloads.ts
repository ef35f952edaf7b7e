import {
  checkCards,
  checkCodes,
  checkMasked,
  checkVoucher,
  type Data,
  firstProblem,
  type Problem,
  rowsOf,
  same,
} from './checks.js';
import { CARDS, distinctDocument, PLAIN, ROSTER, WALLET } from './operations.js';
import { type BenchPerson } from './people.js';
import { exchangeCode } from './vendors/expected.js';

/** One request: what a GraphQL server and the hand-written program are asked, and what both must answer. */
export interface Question {
  query: string;
  variables: Record<string, unknown>;
  /** The route of the hand-written program. */
  path: string;
  check: (data: Data) => Problem;
}

export interface Workload {
  name: string;
  /** One line for the report. */
  about: string;
  asksVendors: boolean;
  /** How many different requests there are; they are asked in turn, the same sequence for every contender. */
  count: number;
  question: (people: readonly BenchPerson[], number: number) => Question;
}

/** The directory of every contender: so many people with a few cards, and behind them some with long lists. */
export const DIRECTORY = { people: 240, cards: 5, collectors: 8, cardsOfCollectors: 500 } as const;
const ROSTER_SIZE = 50;
const DOCUMENTS = 1_000;

const at = (people: readonly BenchPerson[], number: number): BenchPerson => {
  const person = people[number % DIRECTORY.people];
  if (!person) throw new Error('the directory is too small');
  return person;
};

const codesOf = (number: number) => [0, 1, 2].map((more) => exchangeCode(number * 3 + more));

function wallet(people: readonly BenchPerson[], number: number): Question {
  const person = at(people, number);
  const codes = codesOf(number);
  return {
    query: WALLET,
    variables: { id: person.id, codes },
    path: `/people/${person.id}/wallet?activity=1&codes=${codes.join(',')}`,
    check: (data) => {
      const row = data['person'] as Data | undefined;
      return firstProblem(
        checkMasked(row, person),
        checkVoucher(row?.['voucher'], person),
        checkCards(row?.['giftCards'], person),
        checkCodes(data['exchangeCodes'], codes),
      );
    },
  };
}

function roster(people: readonly BenchPerson[], number: number): Question {
  // Steps of 13 through the directory: every person comes up, in ever other company.
  const asked = Array.from({ length: ROSTER_SIZE }, (_, place) => at(people, number * 13 + place));
  const ids = asked.map(({ id }) => id);
  return {
    query: ROSTER,
    variables: { ids },
    path: `/roster?activity=1&ids=${ids.join(',')}`,
    check: (data) => {
      const rows = rowsOf(data['people']);
      return firstProblem(
        same('number of people', rows.length, asked.length),
        ...asked.flatMap((person, place) => [
          same('id', rows[place]?.['id'], person.id),
          checkVoucher(rows[place]?.['voucher'], person),
          checkCards(rows[place]?.['giftCards'], person),
        ]),
      );
    },
  };
}

function plain(people: readonly BenchPerson[], number: number): Question {
  const person = at(people, number);
  return {
    query: PLAIN,
    variables: { id: person.id },
    path: `/people/${person.id}`,
    check: (data) => checkMasked(data['person'] as Data, person),
  };
}

function cards(people: readonly BenchPerson[], number: number): Question {
  const person = people[DIRECTORY.people + (number % DIRECTORY.collectors)];
  if (!person) throw new Error('the directory has no collectors');
  return {
    query: CARDS,
    variables: { id: person.id },
    path: `/people/${person.id}/gift-cards`,
    check: (data) => checkCards((data['person'] as Data | undefined)?.['giftCards'], person),
  };
}

function documents(people: readonly BenchPerson[], number: number): Question {
  const person = at(people, number);
  return {
    query: distinctDocument(number),
    variables: { id: person.id, withCards: false },
    path: `/people/${person.id}`,
    check: (data) => {
      const row = data['person'] as Data;
      // The hand-written program has routes and no documents, hence no aliases.
      const names = row['maskedName'] === undefined ? [`name${number}`, `mobile${number}`] : undefined;
      return checkMasked(row, person, names);
    },
  };
}

export const WORKLOADS: readonly Workload[] = [
  {
    name: 'wallet',
    about: 'one person: a dynamic voucher, 5 gift cards, 3 exchange codes',
    asksVendors: true,
    count: DIRECTORY.people,
    question: wallet,
  },
  {
    name: 'roster',
    about: `${ROSTER_SIZE} people, each with a voucher and 5 gift cards`,
    asksVendors: true,
    count: DIRECTORY.people,
    question: roster,
  },
  {
    name: 'plain',
    about: 'one person, masked; no vendor',
    asksVendors: false,
    count: DIRECTORY.people,
    question: plain,
  },
  {
    name: 'cards',
    about: `one person's ${DIRECTORY.cardsOfCollectors} gift cards with all their fields`,
    asksVendors: true,
    count: DIRECTORY.collectors,
    question: cards,
  },
  {
    name: 'documents',
    about: `one person, masked, asked with ${DOCUMENTS} documents that differ in their aliases; no vendor`,
    asksVendors: false,
    count: DOCUMENTS,
    question: documents,
  },
  {
    name: 'same',
    about: 'the wallet of one and the same person, over and over',
    asksVendors: true,
    count: 1,
    question: wallet,
  },
];
