import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { COMPILED_SERVER } from '../compile-server.js';
import { inventPeople, startGraph, type Answer, type TestGraph } from '../graph/harness.js';
import { CAN_START_REDIS, PrivateRedis } from '../redis.js';
import { until } from '../until.js';

const MOST = 9;
const GONE = 'Redis does not answer';
const BACK = 'Redis answers again';

/** The server in a process of its own. */
class Server {
  url = '';
  /** What it logged. */
  readonly log: string[] = [];
  private readonly process: ChildProcess;

  constructor(
    private readonly graph: TestGraph,
    redisUrl: string,
    environment: Record<string, string>,
  ) {
    const env = { ...graph.settings, LOG_LEVEL: 'info', REDIS_URL: redisUrl, ...environment };
    this.process = spawn(process.execPath, ['--no-warnings', COMPILED_SERVER], {
      env: { ...env, PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => this.log.push(...text.split('\n')));
  }

  async ready(): Promise<this> {
    while (this.url === '') {
      if (this.process.exitCode !== null) throw new Error(`a server ended: ${this.log.join('\n')}`);
      await sleep(20);
      this.url = /http[^"\s]+graphql/.exec(this.log.join('\n'))?.[0] ?? '';
    }
    return this;
  }

  said(words: string): number {
    return this.log.filter((line) => line.includes(words)).length;
  }

  async ask(query: string, variables?: Record<string, unknown>): Promise<Omit<Answer, 'status'>> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await this.graph.token({})}` },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer;
  }

  async kill(): Promise<void> {
    if (this.process.exitCode !== null) return;
    const exited = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exited;
  }
}

/** Three servers as one deployment: one directory, one Redis, the same vendors. */
async function start(environment: Record<string, string>) {
  graph = await startGraph();
  redis = await PrivateRedis.start();
  const { url } = redis;
  servers = [1, 2, 3].map(() => new Server(graph, url, environment));
  await Promise.all(servers.map((server) => server.ready()));
  return { graph, redis, servers };
}

let graph: TestGraph;
let redis: PrivateRedis;
let servers: Server[] = [];

/** Asks each server for more than the limit lets pass, all the time. */
function load(): () => Promise<void> {
  let over = false;
  let asked = 0;
  const loops = servers.flatMap((server) =>
    [1, 2, 3].map(async () => {
      while (!over) {
        const codes = [1, 2, 3].map(() => `load${(asked += 1)}`);
        await server.ask('query ($codes: [String!]!) { exchangeCodes(codes: $codes) { redeemable } }', { codes });
      }
    }),
  );
  return async () => {
    over = true;
    await Promise.all(loops);
  };
}

/** The most arrivals in any second, and how many came a second. */
function arrivals(from: number, to: number): { most: number; perSecond: number } {
  const times = graph.zvcms.requests.map(({ receivedAt }) => receivedAt).filter((time) => time >= from && time < to);
  const most = Math.max(0, ...times.map((start) => times.filter((at) => at >= start && at < start + 1_000).length));
  return { most, perSecond: (times.length * 1_000) / (to - from) };
}

const everybody = (words: string, times: number) => until(() => servers.every((server) => server.said(words) >= times));

// A starved machine delays arrivals by more than the slack of a window, which nobody who counts departures can help.
jest.retryTimes(1, { logErrorsBeforeRetry: true });

const suite = CAN_START_REDIS ? describe : describe.skip;

suite('three processes with one Redis', () => {
  beforeEach(() => {
    servers = [];
  });
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.kill()));
    await redis.erase();
    await graph.close();
  });

  it('keep the rate limit together while Redis is there, killed, back and empty, hanging, and back again', async () => {
    await start({ ZVCMS_MAX_PER_SECOND: String(MOST), ZVCMS_MAX_CONCURRENCY: '16' });
    const began = Date.now();
    const stop = load();
    // Each has to see all three.
    await sleep(2_500);
    const perSecond: Record<string, number> = {};
    const phase = async (name: string, ms: number) => {
      const from = Date.now();
      await sleep(ms);
      perSecond[name] = arrivals(from, Date.now()).perSecond;
    };
    await phase('before', 4_000);
    await redis.kill();
    await everybody(GONE, 1);
    await sleep(1_500);
    await phase('killed', 4_000);
    await redis.start();
    await everybody(BACK, 1);
    await phase('joining', 5_500);
    await phase('back', 4_000);
    redis.hang();
    await everybody(GONE, 2);
    await sleep(1_500);
    // Beyond the time after which a silent connection is given up.
    await phase('hanging', 7_000);
    redis.goOn();
    await everybody(BACK, 2);
    await phase('joining again', 5_500);
    await phase('back again', 4_000);
    const ended = Date.now();
    await stop();

    expect(arrivals(began, ended).most).toBeLessThanOrEqual(MOST);
    // Nor is it kept by calling less than one may.
    const enough = Object.entries(perSecond).map(([name, calls]) => [name, calls > 0.65 * MOST]);
    expect(enough).toEqual(Object.keys(perSecond).map((name) => [name, true]));
    expect(servers.map((server) => [server.said(GONE), server.said(BACK)])).toEqual(Array(3).fill([2, 2]));
  }, 90_000);

  it('all stay away from an API that banned one of them, also when Redis lost it, and so does one that comes later', async () => {
    await start({});
    const [person] = await graph.register(...inventPeople(1));
    const voucher = async (server: Server) => {
      const query = 'query ($id: ID!) { person(id: $id) { voucher(activityCode: "1") { qrCode } } }';
      const { data, errors } = await server.ask(query, { id: person });
      return errors?.[0]?.extensions ?? data;
    };
    const banned = (extensions: unknown) =>
      expect(extensions).toMatchObject({ code: 'VENDOR_THROTTLED', vendor: 'campus', retryable: true });
    const [told, ...others] = servers;
    if (!told) throw new Error('no server');

    for (const server of servers) expect(await voucher(server)).toHaveProperty('person.voucher.qrCode');
    expect(graph.campus.requests).toHaveLength(3);
    graph.campus.play('banned', 1);
    banned(await voucher(told));
    expect(graph.campus.requests).toHaveLength(4);
    await sleep(100);
    for (const server of others) {
      const refused = await voucher(server);
      banned(refused);
      expect((refused as { retryAfterSeconds: number }).retryAfterSeconds).toBeGreaterThan(3_500);
    }
    // Nobody asked: not even to hear of the ban by themselves.
    expect(graph.campus.requests).toHaveLength(4);

    await redis.kill();
    await everybody(GONE, 1);
    await redis.start();
    await everybody(BACK, 1);
    const late = await new Server(graph, redis.url, {}).ready();
    servers.push(late);
    for (const server of servers) banned(await voucher(server));
    expect(graph.campus.requests).toHaveLength(4);
    // What is not banned goes on.
    expect(await late.ask('{ exchangeCodes(codes: ["free"]) { redeemable } }')).toEqual({
      data: { exchangeCodes: [{ redeemable: false }] },
    });
  }, 60_000);
});
