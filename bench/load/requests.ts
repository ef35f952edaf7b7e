import { type Data, type Problem } from '../checks.js';
import { type BenchPerson } from '../people.js';
import { type Question, type Workload } from '../workloads.js';
import { type Answer } from './connection.js';

/** How one contender is asked. */
export interface Target {
  url: string;
  /** GraphQL over HTTP, or a route for each screen. */
  speaks: 'graphql' | 'rest';
  people: readonly BenchPerson[];
}

/** A workload's requests as bytes, ready to be sent, and the checks of their answers. */
export interface Prepared {
  requests: Buffer[];
  check: (answer: Answer, index: number) => Problem;
}

export function prepare(workload: Workload, target: Target, tokens: readonly string[]): Prepared {
  const questions = Array.from({ length: workload.count }, (_, number) => workload.question(target.people, number));
  return {
    // 7 and the number of tokens have no common divisor: nobody keeps their token.
    requests: questions.map((question, number) => encode(question, target, tokens[(number * 7) % tokens.length] ?? '')),
    check: (answer, index) => {
      try {
        const body = JSON.parse(answer.body.toString('utf8')) as Data;
        return questions[index]?.check(target.speaks === 'graphql' ? (body['data'] as Data) : body);
      } catch (error) {
        return `an answer that cannot be read: ${error instanceof Error ? error.message : ''}`;
      }
    },
  };
}

/** Everyone gets the same headers, those who check no tokens too. */
function encode({ query, variables, path }: Question, { url, speaks }: Target, token: string): Buffer {
  const { host, pathname } = new URL(url);
  const common = `host: ${host}\r\naccept: application/json\r\nauthorization: Bearer ${token}\r\n`;
  if (speaks === 'rest') return Buffer.from(`GET ${path} HTTP/1.1\r\n${common}\r\n`);
  const body = Buffer.from(JSON.stringify({ query, variables }));
  const head = `POST ${pathname} HTTP/1.1\r\n${common}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}
