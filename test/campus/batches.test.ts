import { afterEach, describe, expect, it } from '@jest/globals';
import { Cancellation } from '../../src/datasources/transport/cancellation.js';
import { VendorError } from '../../src/datasources/transport/errors.js';
import { type Campus, type VoucherRecord } from '../../src/datasources/campus/index.js';
import { failure, sizes, startCampus, voucherOf, type CampusSetup } from './setup.js';

let setup: CampusSetup | undefined;
afterEach(() => setup?.close());

async function start(...options: Parameters<typeof startCampus>): Promise<CampusSetup> {
  return (setup = await startCampus(...options));
}

/** Vouchers or errors of the people 0 to n-1, static so that each code tells whose it is. */
async function askMany(campus: Campus, people: number): Promise<(VoucherRecord | VendorError)[]> {
  const { voucher } = campus.loaders();
  return Promise.all(
    Array.from({ length: people }, (_, person) =>
      voucher(voucherOf(person, { qrCodeType: 'STATIC' })).catch((error: unknown) => {
        if (error instanceof VendorError) return error;
        throw error;
      }),
    ),
  );
}

/** 'ok' or the kind of error, per person. */
function outcomes(answers: (VoucherRecord | VendorError)[]): string[] {
  return answers.map((answer) => (answer instanceof VendorError ? answer.kind : 'ok'));
}

describe('batches', () => {
  it('ask 50 people in 3 requests and give each their own code', async () => {
    const { campus, server, deps } = await start();
    const answers = await askMany(campus, 50);
    expect(outcomes(answers)).toEqual(Array(50).fill('ok'));
    expect(sizes(server).sort((a, b) => b - a)).toEqual([20, 20, 10]);
    expect(server.calls).toBe(50);
    expect(deps.calls.map(({ size, outcome }) => [size, outcome])).toEqual(
      expect.arrayContaining([[20, 'ok'], [20, 'ok'], [10, 'ok']]), // prettier-ignore
    );
    expect(deps.calls).toHaveLength(3);

    const alone = await campus.loaders().voucher(voucherOf(37, { qrCodeType: 'STATIC' }));
    expect(answers[37]).toMatchObject({ qrCode: alone.qrCode });
    expect(new Set(answers.map((answer) => (answer as VoucherRecord).qrCode)).size).toBe(50);
  });

  it('hold what differs in anything, and the same question once', async () => {
    const { campus, server } = await start();
    const { voucher } = campus.loaders();
    const [first, same, longer] = await Promise.all([
      voucher(voucherOf(1)),
      voucher({ ...voucherOf(1) }),
      voucher(voucherOf(1, { validSeconds: 600 })),
    ]);
    expect(same.qrCode).toBe(first.qrCode);
    expect(longer.qrCode).not.toBe(first.qrCode);
    expect(sizes(server)).toEqual([2]);
  });

  it('are shared between requests, but no code is', async () => {
    const { campus, server } = await start();
    const [first, second] = await Promise.all([
      campus.loaders().voucher(voucherOf(1)),
      campus.loaders().voucher(voucherOf(1)),
    ]);
    expect(first.qrCode).not.toBe(second.qrCode);
    expect(sizes(server)).toEqual([2]);
  });

  it('of many requests gather while some are under way, and a lone one goes at once', async () => {
    const { campus, server } = await start();
    server.play('slow');
    const lone = campus.loaders().voucher(voucherOf(0));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sizes(server)).toEqual([1]);
    const answers: Promise<VoucherRecord>[] = [];
    for (let person = 1; person <= 60; person += 1) {
      answers.push(campus.loaders().voucher(voucherOf(person)));
      // Each request in a turn of its own, as they come over the network.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const codes = (await Promise.all([lone, ...answers])).map(({ qrCode }) => qrCode);
    expect(new Set(codes).size).toBe(61);
    expect(sizes(server).reduce((sum, size) => sum + size, 0)).toBe(61);
    // Eight at once, and the others in full batches.
    expect(server.requests.length).toBeLessThanOrEqual(12);
  });

  it('of several requests go on for the others when one leaves, and end when nobody is left', async () => {
    const { campus, server } = await start({ timeoutMs: 3_000 });
    server.play('slow', 1);
    const leaving = new Cancellation();
    const left = failure(campus.loaders(leaving).voucher(voucherOf(1)));
    const stays = campus.loaders().voucher(voucherOf(2));
    await new Promise((resolve) => setTimeout(resolve, 50));
    leaving.cancel();
    expect(await left).toMatchObject({ kind: 'timeout' });
    expect((await stays).qrCode).toMatch(/^D/);
    expect(sizes(server)).toEqual([2]);
    server.play('hang');
    const both = [new Cancellation(), new Cancellation()];
    const gone = both.map((one, at) => failure(campus.loaders(one).voucher(voucherOf(3 + at))));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const askedAt = performance.now();
    for (const one of both) one.cancel();
    for (const one of await Promise.all(gone)) expect(one).toMatchObject({ kind: 'timeout' });
    expect(performance.now() - askedAt).toBeLessThan(500);
    server.play(null);
    // Its place is free again: the next one is answered.
    await expect(campus.loaders().voucher(voucherOf(9))).resolves.toMatchObject({ faceUrl: null });
  });

  it('of one are single calls', async () => {
    const { campus, server } = await start();
    await askMany(campus, 21);
    expect(sizes(server).sort((a, b) => b - a)).toEqual([20, 1]);
    expect(server.requests.map(({ path }) => path).sort()).toEqual(['/router/batch', '/router/rest']);
  });

  it('are not made where their size is 1', async () => {
    const { campus, server } = await start({ batchSize: 1 });
    expect(outcomes(await askMany(campus, 5))).toEqual(Array(5).fill('ok'));
    expect(sizes(server)).toEqual([1, 1, 1, 1, 1]);
  });

  it('larger than the vendor takes are refused, all of them', async () => {
    const { campus, server } = await start({ batchSize: 21 });
    expect(outcomes(await askMany(campus, 21))).toEqual(Array(21).fill('rejected'));
    expect(sizes(server)).toEqual([21]);
  });
});

describe('a failure inside a batch', () => {
  it('is only that of its own call', async () => {
    const { campus, server, deps } = await start();
    server.play('one-bad-piece');
    expect(outcomes(await askMany(campus, 4))).toEqual(['ok', 'rejected', 'ok', 'ok']);
    expect(server.requests).toHaveLength(1);
    expect(deps.calls).toMatchObject([{ outcome: 'ok', size: 4 }]);
  });

  it('of a passing kind is asked again, and only that', async () => {
    const { campus, server } = await start();
    server.play('one-flaky-piece', 1);
    expect(outcomes(await askMany(campus, 4))).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(sizes(server)).toEqual([4, 1]);
  });

  it('of a whole request is that of its chunk alone', async () => {
    const { campus, server } = await start();
    server.play('malformed', 1);
    const kinds = outcomes(await askMany(campus, 40));
    expect(kinds.filter((kind) => kind === 'protocol')).toHaveLength(20);
    expect([...new Set(kinds.slice(0, 20))]).toHaveLength(1);
    expect([...new Set(kinds.slice(20))]).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'ok')).toHaveLength(20);
  });

  it('of the connection is asked again as a batch, freshly signed', async () => {
    const { campus, server } = await start();
    server.play('reset', 1);
    expect(outcomes(await askMany(campus, 3))).toEqual(['ok', 'ok', 'ok']);
    expect(sizes(server)).toEqual([3, 3]);
  });

  it('is a protocol error of all where pieces are missing', async () => {
    const { campus, server } = await start();
    server.play('wrong-piece-count');
    expect(outcomes(await askMany(campus, 3))).toEqual(['protocol', 'protocol', 'protocol']);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['isp-error', 'unavailable', 2],
    ['isp-lasting', 'unavailable', 1],
    ['limited', 'throttled', 1],
    ['banned', 'throttled', 1],
    ['invalid-signature', 'misconfigured', 1],
    ['isv-error', 'rejected', 1],
  ] as const)('of the whole by "%s" is that of all, without single calls', async (scene, kind, requests) => {
    const { campus, server } = await start();
    server.play(scene);
    expect(outcomes(await askMany(campus, 3))).toEqual([kind, kind, kind]);
    expect(sizes(server)).toEqual(Array(requests).fill(3));
  });
});

describe('a vendor that refuses batches', () => {
  it('is asked one by one, and is remembered', async () => {
    const { campus, server, deps } = await start();
    server.play('batch-refused');
    expect(outcomes(await askMany(campus, 5))).toEqual(Array(5).fill('ok'));
    expect(sizes(server)).toEqual([5, 1, 1, 1, 1, 1]);
    expect(deps.anomalies).toEqual(['batch-refused']);

    server.forget();
    server.play(null);
    expect(outcomes(await askMany(campus, 4))).toEqual(Array(4).fill('ok'));
    expect(sizes(server)).toEqual([1, 1, 1, 1]);
  });

  it('keeps the bound on calls at a time', async () => {
    const { campus, server } = await start({ maxConcurrency: 2 });
    server.play('batch-refused', 1);
    await askMany(campus, 2);
    server.play('slow');
    const askedAt = performance.now();
    expect(outcomes(await askMany(campus, 6))).toEqual(Array(6).fill('ok'));
    // Three rounds of two calls at 400 ms each.
    expect(performance.now() - askedAt).toBeGreaterThan(1_150);
  });

  it('is asked in batches again where in truth the app lacked the permission', async () => {
    const { campus, server } = await start();
    server.play('no-permission');
    expect(outcomes(await askMany(campus, 5))).toEqual(Array(5).fill('misconfigured'));
    expect(sizes(server)).toEqual([5, 1]);

    server.forget();
    server.play(null);
    expect(outcomes(await askMany(campus, 5))).toEqual(Array(5).fill('ok'));
    expect(sizes(server)).toEqual([5]);
  });
});

describe('the failure told', () => {
  it('names neither the person, nor a secret, nor the address', async () => {
    const { campus, server, settings } = await start();
    const told: unknown[] = [];
    for (const scene of ['isv-error', 'business-failure', 'isp-error', 'banned', 'malformed', 'unavailable'] as const) {
      server.play(scene);
      const error = await failure(campus.loaders().voucher(voucherOf(1)));
      expect(error).toBeInstanceOf(VendorError);
      told.push(error.message, error.vendorCode, error.requestId);
    }
    expect(told).toHaveLength(18);
    const { appSecret, activities, baseUrl } = settings;
    for (const secret of ['13800000001', '测试', 'made up', 'http', appSecret, activities[0]?.accessKey, baseUrl]) {
      expect(String(told)).not.toContain(secret);
    }
  });
});
