import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Cancellation } from '../../src/datasources/transport/cancellation.js';
import { SLOW_MS } from '../../src/sandbox/server.js';
import { ZVCMS_CODES, ZVCMS_USERS } from '../../src/sandbox/zvcms.js';
import { startZvcms, type Started } from './start.js';

let started: Started | undefined;
afterEach(async () => {
  await started?.close();
  started = undefined;
});
const start = async (...args: Parameters<typeof startZvcms>): Promise<Started> => (started = await startZvcms(...args));
const codes = (count: number) => Array.from({ length: count }, (_, index) => `CODE${index}`);

async function arrived({ requests }: Started['server'], count: number): Promise<void> {
  while (requests.length < count) await pause(2);
}

describe('the loaders of one request', () => {
  it('ask the same question once', async () => {
    const { server, zvcms } = await start();
    const { giftCards, exchangeCode } = zvcms.loaders();
    await Promise.all([
      giftCards(ZVCMS_USERS.severalCards, false),
      giftCards(ZVCMS_USERS.severalCards, false),
      exchangeCode(ZVCMS_CODES.redeemable),
      exchangeCode(ZVCMS_CODES.redeemable),
    ]);
    await giftCards(ZVCMS_USERS.severalCards, false);
    await exchangeCode(ZVCMS_CODES.redeemable);
    expect(server.requests).toHaveLength(2);
    await giftCards(ZVCMS_USERS.severalCards, true);
    await giftCards(ZVCMS_USERS.noCards, false);
    expect(server.requests).toHaveLength(4);
  });

  it('ask for the wider list only, where both are wanted', async () => {
    const { server, zvcms } = await start();
    const { giftCards } = zvcms.loaders();
    const [narrow, wide] = await Promise.all([
      giftCards(ZVCMS_USERS.severalCards, false),
      giftCards(ZVCMS_USERS.severalCards, true),
    ]);
    expect([narrow.length, wide.length]).toEqual([3, 4]);
    expect(wide.slice(0, 3)).toEqual(narrow);
    // Somebody who comes later has it from the same answer.
    const later = zvcms.loaders();
    await later.giftCards(ZVCMS_USERS.severalCards, true);
    expect(await later.giftCards(ZVCMS_USERS.severalCards, false)).toHaveLength(3);
    expect(server.requests).toHaveLength(2);
  });

  it('do not let one list wait for another', async () => {
    const { server, zvcms } = await start();
    server.play('hang', 1);
    const { giftCards } = zvcms.loaders(leavingAfter(1_500));
    const began = performance.now();
    const hangs = expect(giftCards(ZVCMS_USERS.severalCards, false)).rejects.toMatchObject({ kind: 'timeout' });
    expect(await giftCards(ZVCMS_USERS.noCards, false)).toEqual([]);
    expect(performance.now() - began).toBeLessThan(1_000);
    await hangs;
    expect(server.requests.length).toBeGreaterThanOrEqual(2);
  });

  it('ask a question that failed only once as well', async () => {
    const { server, zvcms } = await start();
    const { exchangeCode } = zvcms.loaders();
    for (let field = 0; field < 3; field += 1) {
      await expect(exchangeCode(ZVCMS_CODES.refused)).rejects.toMatchObject({ kind: 'rejected' });
    }
    expect(server.requests).toHaveLength(1);
  });

  it('do not let one answer wait for another', async () => {
    const { server, zvcms } = await start();
    server.play('hang', 1);
    const { exchangeCode } = zvcms.loaders(leavingAfter(1_500));
    const hangs = exchangeCode(ZVCMS_CODES.redeemed);
    const outcome = expect(hangs).rejects.toMatchObject({ kind: 'timeout' });
    await arrived(server, 1);
    const began = performance.now();
    await Promise.all([
      pause(50).then(() => exchangeCode(ZVCMS_CODES.universal)),
      exchangeCode(ZVCMS_CODES.redeemable),
    ]);
    expect(performance.now() - began).toBeLessThan(1_000);
    await outcome;
  });

  it('remember nothing for the next request', async () => {
    const { server, zvcms } = await start();
    for (let request = 0; request < 3; request += 1) await zvcms.loaders().exchangeCode(ZVCMS_CODES.redeemable);
    expect(server.requests).toHaveLength(3);
  });

  it('give each key its own answer, and its own failure', async () => {
    const { server, zvcms } = await start();
    const { giftCards, exchangeCode } = zvcms.loaders();
    const [redeemable, refused, redeemed, cards, none] = await Promise.allSettled([
      exchangeCode(ZVCMS_CODES.redeemable),
      exchangeCode(ZVCMS_CODES.refused),
      exchangeCode(ZVCMS_CODES.redeemed),
      giftCards(ZVCMS_USERS.severalCards, false),
      giftCards(ZVCMS_USERS.noCards, false),
    ]);
    expect(redeemable).toMatchObject({ value: { redeemable: true } });
    expect(refused).toMatchObject({ reason: { kind: 'rejected', vendorCode: '200123' } });
    expect(redeemed).toMatchObject({ value: { redeemable: false } });
    expect(cards).toMatchObject({ value: { length: 3 } });
    expect(none).toMatchObject({ value: { length: 0 } });
    expect(server.requests).toHaveLength(5);
  });

  it('stop for a caller that left', async () => {
    const { server, zvcms } = await start();
    server.play('hang');
    const caller = new Cancellation();
    const began = performance.now();
    const answer = zvcms.loaders(caller).exchangeCode(ZVCMS_CODES.redeemable);
    await arrived(server, 1);
    caller.cancel();
    await expect(answer).rejects.toMatchObject({ kind: 'timeout' });
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(server.requests).toHaveLength(1);
  });

  it('stop asking a vendor that is down, but not because callers left', async () => {
    const { server, zvcms } = await start();
    server.play('hang');
    for (let callers = 1; callers <= 12; callers += 1) {
      const caller = new Cancellation();
      const answer = zvcms.loaders(caller).exchangeCode(ZVCMS_CODES.redeemable);
      await arrived(server, callers);
      caller.cancel();
      await expect(answer).rejects.toMatchObject({ kind: 'timeout' });
    }
    server.play('unavailable');
    server.forget();
    for (let question = 0; question < 5; question += 1) {
      await expect(zvcms.loaders().exchangeCode(ZVCMS_CODES.redeemable)).rejects.toMatchObject({ kind: 'unavailable' });
    }
    expect(server.requests).toHaveLength(10);
    server.play(null);
    await expect(zvcms.loaders().exchangeCode(ZVCMS_CODES.redeemable)).rejects.toMatchObject({
      kind: 'unavailable',
      retryAfterSeconds: 5,
    });
    expect(server.requests).toHaveLength(10);
  });
});

describe('the queue', () => {
  it('runs no more than maxConcurrency at once over both APIs', async () => {
    const { server, zvcms } = await start({ maxConcurrency: 2 });
    server.play('slow');
    const { giftCards, exchangeCode } = zvcms.loaders();
    const answers = Promise.all([
      ...codes(3).map((code) => exchangeCode(code)),
      giftCards(ZVCMS_USERS.noCards, false),
      giftCards(ZVCMS_USERS.severalCards, false),
    ]);
    await pause(SLOW_MS / 2);
    expect(server.requests).toHaveLength(2);
    await answers;
    expect(server.requests).toHaveLength(5);
    const arrivals = server.requests.map(({ receivedAt }) => receivedAt);
    for (let call = 2; call < arrivals.length; call += 1) {
      expect((arrivals[call] ?? 0) - (arrivals[call - 2] ?? 0)).toBeGreaterThanOrEqual(SLOW_MS - 20);
    }
  });

  it('holds the pace as the vendor sees it, each API on its own, repetitions included', async () => {
    const { server, zvcms } = await start({ maxPerSecond: 4, maxConcurrency: 16 });
    server.play('reset', 2);
    const { giftCards, exchangeCode } = zvcms.loaders();
    await Promise.all([
      ...codes(9).map((code) => exchangeCode(code)),
      giftCards(ZVCMS_USERS.noCards, false),
      giftCards(ZVCMS_USERS.severalCards, false),
    ]);
    const arrivalsAt = (part: string) =>
      server.requests.filter(({ target }) => target.includes(part)).map(({ receivedAt }) => receivedAt);
    const [cards, checks] = [arrivalsAt('/api/v2'), arrivalsAt('getExchangeCodeStatus')];
    expect(cards.length + checks.length).toBe(13);
    expect(checks.length).toBeGreaterThanOrEqual(9);
    for (let call = 4; call < checks.length; call += 1) {
      expect((checks[call] ?? 0) - (checks[call - 4] ?? 0)).toBeGreaterThanOrEqual(900);
    }
    // The cards did not wait for the codes.
    expect(Math.max(...cards) - Math.min(...checks)).toBeLessThan(1_000);
    const last = Math.max(...checks) - Math.min(...checks);
    expect(last).toBeGreaterThanOrEqual(2_000);
    expect(last).toBeLessThan(4_000);
  });

  it('makes the timestamp and the signature when a call leaves it', async () => {
    const { server, zvcms } = await start({ maxPerSecond: 1 });
    const { exchangeCode } = zvcms.loaders();
    await Promise.all(codes(3).map((code) => exchangeCode(code)));
    expect(server.requests).toHaveLength(3);
    for (const { body, receivedAt } of server.requests) {
      const { timestamp } = JSON.parse(body) as { timestamp: string };
      // The timestamp is cut to the second: up to one second old, and a little for the way.
      expect(receivedAt - Number(timestamp) * 1000).toBeLessThan(1_500);
    }
    const nonces = server.requests.map(({ body }) => (JSON.parse(body) as { nonce: string }).nonce);
    expect(new Set(nonces).size).toBe(3);
  });

  it('refuses at once what cannot start in time, and says when to come back', async () => {
    const { server, zvcms, deps } = await start({ maxPerSecond: 1, timeoutMs: 1_500 });
    const { exchangeCode } = zvcms.loaders();
    const began = performance.now();
    const refusedAfter: number[] = [];
    const outcomes = await Promise.allSettled(
      codes(4).map((code) =>
        exchangeCode(code).catch((error: unknown) => {
          refusedAfter.push(performance.now() - began);
          throw error;
        }),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    const reason = { vendor: 'zvcms', kind: 'throttled', retryable: true, retryAfterSeconds: 3 };
    expect(outcomes.slice(2)).toMatchObject([{ reason }, { reason }]);
    expect(Math.max(...refusedAfter)).toBeLessThan(700);
    expect(server.requests).toHaveLength(2);
    expect(deps.notSent.filter(({ kind }) => kind === 'throttled')).toHaveLength(2);
  });

  it('spends one deadline on a question, its waiting and its repetition included', async () => {
    const { server, zvcms } = await start({ maxPerSecond: 1, timeoutMs: 1_000 });
    server.play('unavailable');
    const began = performance.now();
    // The repetition would have to wait for the pace beyond the deadline: the failure of the first attempt is told.
    await expect(zvcms.loaders().exchangeCode('CODE')).rejects.toMatchObject({ kind: 'unavailable' });
    expect(performance.now() - began).toBeLessThan(900);
    expect(server.requests).toHaveLength(1);
  });
});

function leavingAfter(ms: number): Cancellation {
  const departure = new Cancellation();
  setTimeout(() => departure.cancel(), ms).unref();
  return departure;
}
