import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Cancellation } from '../../src/datasources/transport/cancellation.js';
import { CAMPUS_BEHAVIOURS } from '../../src/sandbox/campus.js';
import { createCampus, type VoucherRecord } from '../../src/datasources/campus/index.js';
import { failure, sizes, startCampus, voucherOf, type CampusSetup } from './setup.js';

let setup: CampusSetup | undefined;
let restore: () => void = () => undefined;
afterEach(async () => {
  restore();
  await setup?.close();
});

async function start(...options: Parameters<typeof startCampus>): Promise<CampusSetup> {
  return (setup = await startCampus(...options));
}

describe('a ban', () => {
  it('that outlasts the deadline fails at once, with the seconds left and without a call', async () => {
    const { campus, server } = await start({ timeoutMs: 2_000 });
    server.play('banned', 1);
    expect(await failure(campus.loaders().voucher(voucherOf(1)))).toMatchObject({
      kind: 'throttled',
      retryAfterSeconds: 3_600,
    });
    // A second later, without waiting for it.
    const now = performance.now.bind(performance);
    const later = jest.spyOn(performance, 'now').mockImplementation(() => now() + 1_050);
    restore = () => later.mockRestore();
    const askedAt = performance.now();
    expect(await failure(campus.loaders().voucher(voucherOf(2)))).toMatchObject({
      kind: 'throttled',
      retryable: true,
      retryAfterSeconds: 3_599,
      maybeSent: false,
    });
    expect(performance.now() - askedAt).toBeLessThan(100);
    expect(server.requests).toHaveLength(1);
  });

  it('that the deadline outlasts is waited for, and the call signed anew', async () => {
    const { campus, server } = await start();
    server.play('banned-briefly');
    const askedAt = performance.now();
    const { issuedAt } = await campus.loaders().voucher(voucherOf(1));
    expect(performance.now() - askedAt).toBeGreaterThan(950);
    expect(server.requests).toHaveLength(2);
    const [first, second] = server.requests.map(({ body }) => new URLSearchParams(body));
    expect(second?.get('timestamp')).not.toBe(first?.get('timestamp'));
    expect(second?.get('sign')).not.toBe(first?.get('sign'));
    // The code lives from the second call on.
    expect(Date.now() - issuedAt.getTime()).toBeLessThan(500);
  });

  it('holds back those who ask while it lasts, and lets them go on after it', async () => {
    const { campus, server } = await start();
    server.play('banned-briefly');
    const first = campus.loaders().voucher(voucherOf(1));
    await sleep(200);
    const second = campus.loaders().voucher(voucherOf(2));
    await sleep(300);
    expect(server.requests).toHaveLength(1);
    await Promise.all([first, second]);
    expect(server.requests).toHaveLength(3);
  });

  it('stops the calls that were queued when it came', async () => {
    const { campus, server } = await start({ maxConcurrency: 1, batchSize: 1, timeoutMs: 1_500 });
    server.play('banned', 1);
    const { voucher } = campus.loaders();
    const failures = await Promise.all([1, 2, 3].map((person) => failure(voucher(voucherOf(person)))));
    expect(failures).toMatchObject(Array(3).fill({ kind: 'throttled', retryAfterSeconds: 3_600 }));
    expect(server.requests).toHaveLength(1);
  });

  it('is told from a limit without a sentence about one, which leaves others alone', async () => {
    const { campus, server } = await start();
    server.play('limited', 1);
    const error = await failure(campus.loaders().voucher(voucherOf(1)));
    expect(error).toMatchObject({ kind: 'throttled', retryAfterSeconds: undefined });
    await expect(campus.loaders().voucher(voucherOf(2))).resolves.toMatchObject({ faceUrl: null });
    expect(server.requests).toHaveLength(2);
  });
});

describe('the invented people', () => {
  it('each show their own failure in one query, and leave the others their vouchers', async () => {
    const { campus, server } = await start();
    const { voucher } = campus.loaders();
    const mobiles = Object.keys(CAMPUS_BEHAVIOURS);
    expect(Object.values(CAMPUS_BEHAVIOURS)).toEqual(['limited', 'not-invited', 'unreadable', 'flaky', 'broken']);
    const answers = await Promise.allSettled(
      ['13800000001', ...mobiles, '13800000002'].map((mobile) => voucher(voucherOf(0, { mobile }))),
    );
    expect(answers).toMatchObject([
      { status: 'fulfilled' },
      { reason: { kind: 'throttled', vendorCode: 'isp.call-limited' } },
      { reason: { kind: 'rejected', vendorCode: 'USER_NOT_INVITED' } },
      { reason: { kind: 'rejected', vendorCode: 'isv.invalid-parameter' } },
      { status: 'fulfilled' },
      { reason: { kind: 'unavailable', retryable: false } },
      { status: 'fulfilled' },
    ]);
    // The second request is that for the flaky one alone.
    expect(sizes(server)).toEqual([7, 1]);
  });
});

describe('the deadline', () => {
  it('bounds attempts and pauses together', async () => {
    const { campus, server } = await start({ timeoutMs: 600 });
    server.play('hang');
    const askedAt = performance.now();
    expect(await failure(campus.loaders().voucher(voucherOf(1)))).toMatchObject({ kind: 'timeout' });
    expect(performance.now() - askedAt).toBeLessThan(900);
    expect(server.requests).toHaveLength(1);
  });

  it('ends where the caller leaves, and ten who leave do not shut the vendor off', async () => {
    const { campus, server } = await start({ batchSize: 1 });
    server.play('hang', 12);
    const leaving = new Cancellation();
    const asked = Array.from({ length: 12 }, (_, person) =>
      failure(campus.loaders(leaving).voucher(voucherOf(person))),
    );
    while (server.requests.length < 12) await sleep(5);
    leaving.cancel();
    await Promise.all(asked);
    await expect(campus.loaders().voucher(voucherOf(1))).resolves.toMatchObject({ faceUrl: null });
  });
});

describe('the breaker', () => {
  it('opens after ten failures of the transport, and then asks nobody', async () => {
    const { campus, server, deps } = await start();
    server.play('unavailable');
    for (let person = 0; person < 5; person += 1) await failure(campus.loaders().voucher(voucherOf(person)));
    expect(server.requests).toHaveLength(10);
    const error = await failure(campus.loaders().voucher(voucherOf(6)));
    expect(error).toMatchObject({ kind: 'unavailable', retryAfterSeconds: 5, maybeSent: false });
    expect(server.requests).toHaveLength(10);
    expect(deps.calls).toHaveLength(10);
  });

  it('opens after ten batches in a row that several requests waited for in vain', async () => {
    const { campus, server } = await start({ timeoutMs: 150 });
    server.play('hang');
    const bothFail = () => Promise.all([1, 2].map((person) => failure(campus.loaders().voucher(voucherOf(person)))));
    for (let batch = 0; batch < 10; batch += 1)
      expect(await bothFail()).toMatchObject(Array(2).fill({ kind: 'timeout' }));
    expect(sizes(server)).toEqual(Array(10).fill(2));
    expect(await bothFail()).toMatchObject(Array(2).fill({ kind: 'unavailable', retryAfterSeconds: 5 }));
    expect(server.requests).toHaveLength(10);
  });

  it('stays shut for a vendor that answers, whatever it says', async () => {
    const { campus, server } = await start();
    server.play('isp-error');
    for (let person = 0; person < 11; person += 1) await failure(campus.loaders().voucher(voucherOf(person)));
    expect(server.requests).toHaveLength(22);
  });
});

describe('the pace', () => {
  it('lets no more HTTP requests start in a second than the setting says', async () => {
    const { campus, server } = await start({ maxPerSecond: 2, batchSize: 1 });
    const { voucher } = campus.loaders();
    await Promise.all([1, 2, 3, 4, 5].map((person) => voucher(voucherOf(person))));
    const arrivals = server.requests.map(({ receivedAt }) => receivedAt);
    expect(arrivals).toHaveLength(5);
    for (let at = 2; at < 5; at += 1) expect(Number(arrivals[at]) - Number(arrivals[at - 2])).toBeGreaterThan(990);
  });

  it('fills a batch until its turn comes, whoever asks', async () => {
    const { campus, server } = await start({ maxPerSecond: 2, timeoutMs: 60_000 });
    const answers: Promise<VoucherRecord>[] = [];
    for (let person = 0; person <= 50; person += 1) {
      answers.push(campus.loaders().voucher(voucherOf(person, { qrCodeType: 'STATIC' })));
      // Each request in a turn of its own, as they come over the network.
      await sleep(2);
    }
    const codes = (await Promise.all(answers)).map(({ qrCode }) => qrCode);
    expect(sizes(server)).toEqual([1, 1, 20, 20, 9]);
    expect(new Set(codes).size).toBe(51);
    const alone = await campus.loaders().voucher(voucherOf(37, { qrCodeType: 'STATIC' }));
    expect(codes[37]).toBe(alone.qrCode);
  });

  it('lets a batch that waits for its turn go on for the others where one leaves, and for the latest of them', async () => {
    const { campus, server } = await start({ maxPerSecond: 1, timeoutMs: 1_300 });
    await campus.loaders().voucher(voucherOf(0));
    server.play('slow');
    const leaving = new Cancellation();
    const left = failure(campus.loaders(leaving).voucher(voucherOf(1)));
    const early = failure(campus.loaders().voucher(voucherOf(2)));
    await sleep(900);
    leaving.cancel();
    expect(await left).toMatchObject({ kind: 'timeout' });
    const late = campus.loaders().voucher(voucherOf(3));
    // Its turn comes after 1.1 s, and its answer after 1.5 s.
    expect(await early).toMatchObject({ kind: 'timeout' });
    await expect(late).resolves.toMatchObject({ faceUrl: null });
    expect(sizes(server)).toEqual([1, 3]);
  });

  it('is what a lone voucher is told of where its turn does not come in time', async () => {
    const { settings, deps } = await start({ maxPerSecond: 1, timeoutMs: 40 });
    // As where other processes use the limit up.
    const rateLimiter = { tryAcquire: () => 5_000, expectedWaitMs: () => 0 };
    const campus = createCampus(settings, { ...deps, rateLimiter });
    for (let person = 0; person < 10; person += 1)
      expect(await failure(campus.loaders().voucher(voucherOf(person)))).toMatchObject({
        kind: 'throttled',
        maybeSent: false,
      });
    await campus.close();
  });
});
