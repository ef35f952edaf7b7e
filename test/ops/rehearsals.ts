import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import Database from 'libsql';
import pg from 'pg';
import { type Environment } from '../../src/config/config.js';
import { type Answer, inventPeople, type TestGraph } from '../graph/harness.js';
import { type PrivateRedis } from '../redis.js';
import { ZVCMS_USERS } from '../../src/sandbox/zvcms.js';

export interface Stage {
  /** The vendors, and another server over the same database. */
  graph: TestGraph;
  /** Of the server in a process of its own, whose metrics and log are looked at. */
  url: string;
  ask: (query: string, variables?: Record<string, unknown>, authorization?: string) => Promise<Answer>;
  /** Reads the metrics now, besides at the end. */
  look: () => Promise<void>;
  kill: () => Promise<unknown>;
  redis: PrivateRedis | undefined;
}

export interface Rehearsal {
  settings?: Environment;
  /** Without settings of whose names begin so. */
  without?: string;
  needs?: 'postgres' | 'redis';
  play(stage: Stage): Promise<void>;
}

const VOUCHER = 'query ($id: ID!) { person(id: $id) { voucher(activityCode: "1") { qrCode } } }';
const CODES = 'query ($codes: [String!]!) { exchangeCodes(codes: $codes) { redeemable } }';
const CARDS = 'query ($id: ID!) { person(id: $id) { giftCards { id } } }';
const START =
  'mutation ($id: ID!) { startIdentityCheck(input: { personId: $id, identityType: "04" }) { check { id } } }';
const SETTLE = 'mutation ($id: ID!) { settleIdentityCheck(id: $id) { status } }';
const NAMES = '{ directory(first: 20) { edges { node { maskedName voucher(activityCode: "1") { qrCode } } } } }';

const codes = (count: number) => ({ codes: Array.from({ length: count }, (_, number) => `rehearsal${number}`) });

async function askVoucher({ graph, ask }: Stage): Promise<void> {
  const [id] = await graph.register(...inventPeople(1));
  await ask(VOUCHER, { id });
}

async function startCheck({ graph, ask }: Stage): Promise<string> {
  const [id] = await graph.register({ name: '丙', alipayUserId: '2088000000000106' });
  const { data } = await ask(START, { id });
  return (data?.['startIdentityCheck'] as { check: { id: string } }).check.id;
}

const played =
  (vendor: string, scene: string): Rehearsal['play'] =>
  async (stage) => {
    stage.graph.vendors[vendor]?.play(scene);
    await askVoucher(stage);
    await stage.ask(CODES, codes(1));
  };

/** By the heading of the entry in docs/runbook.md. */
export const REHEARSALS: Record<string, Rehearsal> = {
  'Vendor misconfigured': { play: played('campus', 'invalid-signature') },
  'Vendor unavailable': {
    settings: { ZVCMS_MAX_PER_SECOND: '0', ZVCMS_MAX_CONCURRENCY: '12' },
    play: async ({ graph, ask }) => {
      graph.zvcms.play('unavailable');
      await ask(CODES, codes(12));
      await ask(CODES, codes(1));
    },
  },
  'Vendor timeout': { settings: { CAMPUS_TIMEOUT_MS: '500' }, play: played('campus', 'hang') },
  'Vendor throttled': {
    play: async (stage) => {
      stage.graph.campus.play('banned', 1);
      const [id] = await stage.graph.register(...inventPeople(1));
      await stage.ask(VOUCHER, { id });
      await stage.ask(VOUCHER, { id });
    },
  },
  'Vendor queue': {
    play: async ({ ask, look }) => {
      const asked = ask(CODES, codes(100));
      await sleep(1_500);
      await look();
      // Eight in each window of 1.1 s, for five seconds.
      expect((await asked).errors).toHaveLength(60);
    },
  },
  'Vendor protocol': { play: played('campus', 'malformed') },
  'Vendor rejected': { play: played('zvcms', 'business-error') },
  'Vendor disabled': { without: 'CAMPUS_', play: askVoucher },
  'Vendor anomalies': {
    play: async ({ graph, ask }) => {
      const [id] = await graph.register({ name: '乙', zvcmsUserId: ZVCMS_USERS.unknownStatus });
      expect((await ask(CARDS, { id })).errors).toBeUndefined();
    },
  },
  'Retry budget': {
    settings: { ZVCMS_MAX_PER_SECOND: '0' },
    play: async ({ graph, ask }) => {
      // A good answer to each repetition, so that no breaker opens.
      for (let call = 0; call < 14; call += 1) {
        graph.zvcms.play('reset', 1);
        await ask(CODES, codes(1));
      }
    },
  },
  Down: {
    play: async ({ kill }) => {
      await kill();
    },
  },
  'Internal errors': {
    settings: { REQUEST_TIMEOUT_MS: '2000' },
    play: async ({ graph, ask }) => {
      const console = new Database(new URL(graph.settings['DATABASE_URL'] ?? '').pathname);
      console.exec('begin immediate');
      const { errors } = await ask('mutation { registerPerson(input: { name: "等" }) { id } }');
      console.exec('rollback');
      console.close();
      expect(errors).toMatchObject([{ extensions: { retryable: true } }]);
    },
  },
  'Slow answers': {
    settings: { CAMPUS_TIMEOUT_MS: '5500' },
    play: async (stage) => {
      const began = performance.now();
      await played('campus', 'hang')(stage);
      expect(performance.now() - began).toBeGreaterThan(5_000);
    },
  },
  Overload: {
    play: async ({ graph, url, look }) => {
      await graph.register(...inventPeople(20));
      const authorization = `Bearer ${await graph.token({})}`;
      const body = JSON.stringify({ query: NAMES });
      const request = `POST /graphql HTTP/1.1\r\nhost: localhost\r\nauthorization: ${authorization}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
      const sockets: Socket[] = [];
      while (sockets.length < 2_600) {
        const some = Array.from({ length: 200 }, () => connect(Number(new URL(url).port), '127.0.0.1'));
        await Promise.all(some.map((socket) => once(socket, 'connect')));
        sockets.push(...some);
      }
      const crowd = sockets.map(async (socket) => {
        socket.write(request);
        await once(socket, 'data');
        socket.destroy();
      });
      const state = { over: false };
      const done = Promise.all(crowd).finally(() => (state.over = true));
      // Looked at again and again: how soon they are answered is the machine's.
      while (!state.over) await Promise.all([look(), sleep(50)]);
      await done;
    },
  },
  'Identity answers lost': {
    play: async (stage) => {
      const id = await startCheck(stage);
      stage.graph.zhima.play('reset-after-consuming', 1);
      await stage.ask(SETTLE, { id });
      expect((await stage.ask(SETTLE, { id })).data).toEqual({ settleIdentityCheck: { status: 'LOST' } });
    },
  },
  'Identity check busy': {
    settings: { ZHIMA_TIMEOUT_MS: '300' },
    play: async (stage) => {
      const id = await startCheck(stage);
      stage.graph.zhima.play('hang', 1);
      const elsewhere = stage.graph.ask(SETTLE, { id });
      await sleep(200);
      await stage.ask(SETTLE, { id });
      await elsewhere;
    },
  },
  'Person incomplete': {
    play: async ({ graph, ask }) => {
      const [id] = await graph.register({ name: '无号' });
      await ask(VOUCHER, { id });
    },
  },
  Unauthenticated: {
    play: async ({ ask }) => {
      for (let token = 0; token < 20; token += 1) await ask(NAMES, {}, `Bearer ${forged('HS256', token)}`);
    },
  },
  'Key set away': {
    without: 'AUTH_',
    // Nobody listens at the discard port.
    settings: { AUTH_JWKS_URL: 'http://127.0.0.1:9/keys' },
    play: async ({ ask }) => {
      await ask(NAMES, {}, `Bearer ${forged('RS256', 1)}`);
    },
  },
  'Database connections': {
    needs: 'postgres',
    play: async ({ graph, ask, look }) => {
      const console = new pg.Client({ connectionString: graph.settings['DATABASE_URL'] });
      await console.connect();
      await console.query('begin; lock table people in access exclusive mode');
      const asked = Array.from({ length: 20 }, () => ask('{ directory(first: 1) { totalCount } }'));
      await sleep(700);
      await look();
      await console.query('rollback');
      await console.end();
      await Promise.all(asked);
    },
  },
  'Limits apart': {
    needs: 'redis',
    play: async ({ redis, ask, look }) => {
      await redis?.kill();
      await ask(CODES, codes(1));
      await look();
    },
  },
};

/** Not signed with a key of the server's. */
function forged(alg: string, number: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg })}.${part({ sub: String(number), exp: Math.ceil(Date.now() / 1000) + 300 })}`;
  return `${signed}.${createHmac('sha256', `another ${number}`).update(signed).digest('base64url')}`;
}
