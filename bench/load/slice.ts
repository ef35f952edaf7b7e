import { type Answer, Connection } from './connection.js';

interface SliceOptions {
  /** Where to ask; connections are spread over them. */
  ports: readonly number[];
  /** Prepared requests, asked in turn from `from` on. */
  requests: readonly Buffer[];
  from: number;
  connections: number;
  seconds: number;
  /** What is wrong with an answer to requests[index]; undefined where nothing is. */
  check: (answer: Answer, index: number) => string | undefined;
  /** Every how many-th answer is checked value by value; every one is checked for its status and for errors. */
  checkEvery: number;
}

interface Slice {
  /** Answers, wrong ones included. */
  answers: number;
  seconds: number;
  latenciesMs: number[];
  checked: number;
  failures: number;
  /** What went wrong first. */
  firstFailure: string | undefined;
  /** Where the next slice goes on. */
  next: number;
}

const ERRORS = Buffer.from('"errors":');

/**
 * A closed loop: each connection sends its next request when the last one is answered. It ends when the last answer is
 * there, so that CPU and vendor requests of exactly these answers can be read before and after.
 */
export async function runSlice(options: SliceOptions): Promise<Slice> {
  const { requests, connections, check, checkEvery } = options;
  const slice: Slice = {
    answers: 0,
    seconds: 0,
    latenciesMs: [],
    checked: 0,
    failures: 0,
    firstFailure: undefined,
    next: options.from,
  };
  const fail = (what: string) => {
    slice.failures += 1;
    slice.firstFailure ??= what;
  };
  const portOf = (place: number) => options.ports[place % options.ports.length] ?? 0;
  const open = await Promise.all(Array.from({ length: connections }, (_, place) => Connection.open(portOf(place))));
  const started = performance.now();
  const ends = started + options.seconds * 1000;

  await Promise.all(
    open.map(async (first, place) => {
      let connection = first;
      while (performance.now() < ends) {
        const number = slice.next++;
        const index = number % requests.length;
        const asked = performance.now();
        try {
          const answer = await connection.ask(requests[index] ?? Buffer.alloc(0));
          slice.latenciesMs.push(performance.now() - asked);
          slice.answers += 1;
          if (answer.status !== 200) fail(`status ${answer.status}: ${answer.body.toString('utf8', 0, 200)}`);
          else if (answer.body.includes(ERRORS)) fail(errorIn(answer.body));
          else if (number % checkEvery === 0) {
            slice.checked += 1;
            const wrong = check(answer, index);
            if (wrong !== undefined) fail(wrong);
          }
        } catch (error) {
          slice.answers += 1;
          fail(error instanceof Error ? error.message : 'no answer');
          if (!connection.usable) connection = await Connection.open(portOf(place));
        }
      }
      connection.close();
    }),
  );
  slice.seconds = (performance.now() - started) / 1000;
  return slice;
}

function errorIn(body: Buffer): string {
  const at = body.indexOf(ERRORS);
  return body.toString('utf8', at, at + 240);
}
