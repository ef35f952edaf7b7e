import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { checkCards, type Data } from './checks.js';
import { kaquanOn, serverSettings, type Setting, startServer } from './contenders.js';
import { Connection } from './load/connection.js';
import { prepare } from './load/requests.js';
import { median, quantile } from './load/statistics.js';
import { latencyOf, measure, type Measured, type Places } from './measure.js';
import { CARDS, VOUCHERS } from './operations.js';
import { type BenchPerson } from './people.js';
import { aligned } from './report/terminal.js';
import { print, withSetting } from './run.js';
import { type VendorStub } from './vendors/stub.js';
import { DIRECTORY, type Workload, WORKLOADS } from './workloads.js';

const USAGE = `npm run bench:bulkhead -- [options]
  --seconds N    of each slice (3)
  --rounds N     how often calm and hung take turns (5)
  --waiting N    requests that wait for the hung vendor (500)
  --node-stub    the vendors in Node, also where there is a C compiler`;

/** Enough to keep one process busy. */
const CONNECTIONS = 8;
/** Longer than any slice: nobody who waits is to be sent away. */
const LONG_MS = '60000';
/** Each asks for one voucher, and is never answered. */
const WAITING: Workload = {
  name: 'waiting',
  about: 'a voucher',
  asksVendors: true,
  count: DIRECTORY.people,
  question: (people, number) => ({
    query: VOUCHERS,
    variables: { ids: [people[number]?.id] },
    path: '',
    check: () => 'an answer that nobody could give',
  }),
};

/** A few gift cards: another vendor than the one that hangs. */
const GIFT_CARDS: Workload = {
  name: 'gift cards',
  about: "one person's gift cards",
  asksVendors: true,
  count: DIRECTORY.people,
  question: (people, number) => {
    const person = people[number] as BenchPerson;
    const check = (data: Data) => checkCards((data['person'] as Data | undefined)?.['giftCards'], person);
    return { query: CARDS, variables: { id: person.id }, path: '', check };
  },
};

/** What does not touch the vendor that hangs. */
const OTHERS = [...WORKLOADS.filter(({ name }) => name === 'plain'), GIFT_CARDS];

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '5' },
    waiting: { type: 'string', default: '500' },
    'node-stub': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) print(USAGE);
else await withSetting({ nodeStub: values['node-stub'] }, bulkhead);

/** How long queries take that do not touch a vendor while many others wait for it, beside a calm run of the same process. */
async function bulkhead(setting: Setting, stub: VendorStub): Promise<void> {
  const [seconds, rounds, waiting] = [Number(values.seconds), Number(values.rounds), Number(values.waiting)];
  // Takes connections and whatever is sent, and says nothing.
  const hung = createServer((socket) => socket.on('error', () => undefined).resume()).listen(0, '127.0.0.1');
  await once(hung, 'listening');
  const program = await startServer(setting, 'bulkhead', {
    ...(await serverSettings(setting, `file:${join(setting.folder, 'bulkhead.db')}`)),
    CAMPUS_BASE_URL: `http://127.0.0.1:${(hung.address() as AddressInfo).port}`,
    CAMPUS_MAX_CONCURRENCY: '32',
    CAMPUS_TIMEOUT_MS: LONG_MS,
    REQUEST_TIMEOUT_MS: LONG_MS,
  });
  try {
    const kaquan = await kaquanOn(setting, program, 'Kaquan');
    const port = Number(new URL(kaquan.url).port);
    const waitingRequests = prepare(WAITING, kaquan, setting.secrets.tokens).requests;
    const places: Places = new Map();
    const results = OTHERS.map((workload) => ({
      name: workload.name,
      prepared: prepare(workload, kaquan, setting.secrets.tokens),
      calm: [] as Measured[],
      hung: [] as Measured[],
    }));
    const measureAll = async (which: 'calm' | 'hung', keep: boolean) => {
      for (const result of results) {
        const slice = await measure(kaquan, result.prepared, { connections: CONNECTIONS, seconds }, stub, places);
        if (slice.failures > 0) throw new Error(`${result.name}: ${slice.firstFailure ?? 'a wrong answer'}`);
        if (keep) result[which].push(slice);
      }
    };
    // The first round only warms up.
    for (let round = 0; round <= rounds; round += 1) {
      await measureAll('calm', round > 0);
      let answered = 0;
      const clients = await Promise.all(Array.from({ length: waiting }, () => Connection.open(port)));
      const count = () => (answered += 1);
      clients.forEach((client, number) => {
        client.ask(waitingRequests[number % waitingRequests.length] ?? Buffer.alloc(0)).then(count, () => undefined);
      });
      await sleep(1_000);
      await measureAll('hung', round > 0);
      if (answered > 0) throw new Error(`${answered} of those who should have waited were answered`);
      for (const client of clients) client.close();
      await sleep(500);
    }
    print(...aligned(table(results, waiting)));
  } finally {
    await program.close();
    hung.close();
  }
}

function table(results: { name: string; calm: Measured[]; hung: Measured[] }[], waiting: number): string[][] {
  const ms = (value: number) => `${value.toFixed(2)} ms`;
  const head = ['', 'median, calm', `${waiting} waiting`, 'p99, calm', `${waiting} waiting`, 'p99 changes by'];
  const rows = results.map(({ name, calm, hung }) => {
    // Of each slice by itself: one slice in which the machine did something else must not be the whole tail.
    const [calmP99 = 0, hungP99 = 0] = [calm, hung].map((slices) =>
      median(slices.map(({ latenciesMs }) => quantile(latenciesMs, 0.99))),
    );
    const change = `${((hungP99 / calmP99 - 1) * 100).toFixed(0)} %`;
    return [name, ms(latencyOf(calm, 0.5)), ms(latencyOf(hung, 0.5)), ms(calmP99), ms(hungP99), change];
  });
  return [head, ...rows];
}
