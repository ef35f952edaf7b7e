import { type Answer, Connection } from './connection.js';

interface FloodOptions {
  port: number;
  requests: readonly Buffer[];
  perSecond: number;
  seconds: number;
  /** Opened before it begins: a listener's queue of new connections is another thing to flood. */
  connections: number;
  check: (answer: Answer, index: number) => string | undefined;
  checkEvery: number;
}

export interface Flooded {
  /** Sent, by what came of it. */
  right: number;
  refused: number;
  failures: number;
  firstFailure: string | undefined;
  /** Due while every connection had a request on its way: the generator, or the server's queue, was full. */
  unsent: number;
  /** Of right answers, and of refusals. */
  latenciesMs: number[];
  refusalsMs: number[];
  seconds: number;
}

const TICK_MS = 2;
const OPENED_AT_ONCE = 200;

/**
 * An open loop: so many requests a second, whatever becomes of those before, as a crowd sends them that does not know of
 * itself. A closed loop would wait for the server and so be gentle to it.
 */
export async function flood(options: FloodOptions): Promise<Flooded> {
  const { port, requests, perSecond, seconds, connections, check, checkEvery } = options;
  const flooded: Flooded = {
    right: 0,
    refused: 0,
    failures: 0,
    firstFailure: undefined,
    unsent: 0,
    latenciesMs: [],
    refusalsMs: [],
    seconds: 0,
  };
  const idle: Connection[] = [];
  while (idle.length < connections) {
    const some = Array.from({ length: Math.min(OPENED_AT_ONCE, connections - idle.length) }, () =>
      Connection.open(port),
    );
    idle.push(...(await Promise.all(some)));
  }
  const under = new Set<Promise<void>>();
  let number = 0;

  const send = async (connection: Connection) => {
    const index = number++ % requests.length;
    const asked = performance.now();
    try {
      const answer = await connection.ask(requests[index] ?? Buffer.alloc(0));
      const tookMs = performance.now() - asked;
      if (answer.status === 503) {
        flooded.refused += 1;
        flooded.refusalsMs.push(tookMs);
      } else {
        const wrong = wrongIn(answer, () => (number % checkEvery === 0 ? check(answer, index) : undefined));
        if (wrong === undefined) {
          flooded.right += 1;
          flooded.latenciesMs.push(tookMs);
        } else fail(wrong);
      }
    } catch (error) {
      fail(error instanceof Error ? error.message : 'no answer');
    }
    if (connection.usable) idle.push(connection);
    else idle.push(await Connection.open(port));
  };
  const fail = (what: string) => {
    flooded.failures += 1;
    flooded.firstFailure ??= what;
  };

  const started = performance.now();
  let due = 0;
  for (let now = started; now < started + seconds * 1000; now = performance.now()) {
    for (const target = ((now - started) * perSecond) / 1000; due < target; due += 1) {
      const connection = idle.pop();
      if (!connection) {
        flooded.unsent += 1;
        continue;
      }
      const sent: Promise<void> = send(connection).then(() => void under.delete(sent));
      under.add(sent);
    }
    await new Promise((next) => setTimeout(next, TICK_MS));
  }
  flooded.seconds = (performance.now() - started) / 1000;
  await Promise.all(under);
  for (const connection of idle) connection.close();
  return flooded;
}

const ERRORS = Buffer.from('"errors":');

function wrongIn(answer: Answer, check: () => string | undefined): string | undefined {
  if (answer.status !== 200) return `status ${answer.status}: ${answer.body.toString('utf8', 0, 200)}`;
  const at = answer.body.indexOf(ERRORS);
  return at >= 0 ? answer.body.toString('utf8', at, at + 240) : check();
}
