import { afterEach, describe, expect, it } from '@jest/globals';
import { failure, sizes, startCampus, voucherOf, type CampusSetup } from './setup.js';

let setup: CampusSetup | undefined;
afterEach(() => setup?.close());

async function start(...options: Parameters<typeof startCampus>): Promise<CampusSetup> {
  return (setup = await startCampus(...options));
}

describe('a voucher', () => {
  it('is a code new on each call, that lives 300 s unless told otherwise', async () => {
    const { campus } = await start();
    const before = Date.now();
    const first = await campus.loaders().voucher(voucherOf(1));
    const after = Date.now();
    const second = await campus.loaders().voucher(voucherOf(1, { validSeconds: 60 }));

    expect(first).toMatchObject({ qrCode: expect.stringMatching(/^D[0-9a-f]{24}$/), qrCodeUrl: null, faceUrl: null });
    expect(second.qrCode).not.toBe(first.qrCode);
    expect(first.issuedAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(first.issuedAt.getTime()).toBeLessThanOrEqual(after);
    expect(Number(first.expiresAt) - Number(first.issuedAt)).toBe(300_000);
    expect(Number(second.expiresAt) - Number(second.issuedAt)).toBe(60_000);
  });

  it('is issued when the vendor was asked, not when it answered', async () => {
    const { server, campus } = await start();
    server.play('slow');
    const asked = Date.now();
    const { issuedAt } = await campus.loaders().voucher(voucherOf(1));
    expect(Date.now() - asked).toBeGreaterThan(350);
    expect(issuedAt.getTime() - asked).toBeLessThan(200);
  });

  it('that is static stays the same, and has no expiry', async () => {
    const { campus, server } = await start({ staticValue: 'FIXED' });
    const request = voucherOf(2, { qrCodeType: 'STATIC', validSeconds: 60 });
    const first = await campus.loaders().voucher(request);
    const second = await campus.loaders().voucher(request);
    expect(first.qrCode).toMatch(/^S/);
    expect(second.qrCode).toBe(first.qrCode);
    expect(first.expiresAt).toBeNull();
    const param = new URLSearchParams(server.requests[0]?.body).get('param');
    expect(JSON.parse(param ?? '')).toMatchObject({ qr_code_type_enum: 'FIXED' });
    expect(param).not.toContain('valid_time');
  });

  it('that is a face has neither code nor expiry', async () => {
    const { campus } = await start({ faceValue: 'FACE_PIC' });
    const record = await campus.loaders().voucher(voucherOf(3, { voucherType: 'FACE' }));
    expect(record).toMatchObject({ qrCode: null, qrCodeUrl: null, expiresAt: null });
    expect(record.faceUrl).toMatch(/^https:\/\/campus\.example\.com\/face\//);
  });

  it('has a picture where one was asked for', async () => {
    const { campus } = await start();
    const record = await campus.loaders().voucher(voucherOf(4, { withPicture: true }));
    expect(record.qrCodeUrl).toBe(`https://campus.example.com/qr/${record.qrCode ?? ''}.png`);
  });

  it('of an activity that nobody configured is refused here', async () => {
    const { campus, server } = await start();
    expect(campus.sendsFor('spring-gala')).toEqual([]);
    expect(campus.sendsFor('autumn-fair')).toBeUndefined();
    const [unknown, known] = await Promise.allSettled([
      campus.loaders().voucher(voucherOf(1, { activityCode: 'autumn-fair' })),
      campus.loaders().voucher(voucherOf(1)),
    ]);
    expect(unknown).toMatchObject({ status: 'rejected', reason: { kind: 'rejected', maybeSent: false } });
    expect(known.status).toBe('fulfilled');
    expect(server.requests).toHaveLength(1);
  });
});

describe('what goes out', () => {
  it('for a single call stands in the form body, and nothing in the URL', async () => {
    const { campus, server, settings } = await start({ session: 'session-1' });
    await campus.loaders().voucher(voucherOf(1));
    const [request] = server.requests;
    expect(request?.target).toBe('/router/rest');
    expect(request?.headers['content-type']).toBe('application/x-www-form-urlencoded;charset=UTF-8');
    const form = Object.fromEntries(new URLSearchParams(request?.body));
    expect(Object.keys(form).sort()).toEqual(
      ['app_key', 'format', 'method', 'param', 'session', 'sign', 'sign_method', 'timestamp', 'v'].sort(),
    );
    expect(form).toMatchObject({ app_key: settings.appKey, session: 'session-1', v: '2.0', format: 'json' });
  });

  it('for a batch stands as its protocol wants it: no method in the query, no separator at the end', async () => {
    const { campus, server } = await start();
    const { voucher } = campus.loaders();
    await Promise.all([voucher(voucherOf(1)), voucher(voucherOf(2))]);
    const [request] = server.requests;
    expect(request?.headers['content-type']).toBe('text/plain;charset=UTF-8');
    expect([...(request?.query.keys() ?? [])].sort()).toEqual(
      ['app_key', 'format', 'sign', 'sign_method', 'timestamp', 'v'].sort(),
    );
    const parts = request?.body.split('\r\n-S-\r\n') ?? [];
    expect(parts.map((part) => [...new URLSearchParams(part).keys()])).toEqual([
      ['method', 'param'],
      ['method', 'param'],
    ]);
  });

  it('never has an empty value in it', async () => {
    const { campus, server } = await start({ session: '' });
    const { voucher } = campus.loaders();
    const blank = { idNumber: '', moziId: ' ', email: '' };
    await Promise.all([voucher(voucherOf(1, blank)), voucher(voucherOf(2, blank))]);
    await campus.loaders().voucher(voucherOf(1, blank));
    expect(server.requests).toHaveLength(2);
    for (const { query, body } of server.requests) {
      const calls = body.split('\r\n-S-\r\n').map((part) => new URLSearchParams(part));
      const values = [query, ...calls].flatMap((params) => [...params.values()]);
      expect(values.length).toBeGreaterThan(5);
      expect(values.filter((value) => !value.trim())).toEqual([]);
      for (const call of calls) expect(call.get('param')).not.toMatch(/""|" "|null/);
    }
  });

  it.each(['md5', 'hmac', 'hmac-sha256'] as const)('is signed with %s, alone and in a batch', async (signMethod) => {
    const { campus, server } = await start({ signMethod });
    const { voucher } = campus.loaders();
    await Promise.all([voucher(voucherOf(1)), voucher(voucherOf(2))]);
    await voucher(voucherOf(3));
    expect(sizes(server)).toEqual([2, 1]);
  });
});

describe('the set-up', () => {
  it('with another secret is told to be at fault, alone and in a batch', async () => {
    const { campus, server } = await start({ appSecret: 'not-the-secret' });
    const { voucher } = campus.loaders();
    const failures = await Promise.all([1, 2].map((person) => failure(voucher(voucherOf(person)))));
    expect(failures).toMatchObject([{ kind: 'misconfigured', vendorCode: '25' }, { kind: 'misconfigured' }]);
    expect(sizes(server)).toEqual([2]);
    const alone = await failure(campus.loaders().voucher(voucherOf(1)));
    expect(alone).toMatchObject({ kind: 'misconfigured', retryable: false, vendorCode: '25' });
    expect(alone.message).not.toContain('not-the-secret');
  });

  it('with a clock eleven minutes off is told to be at fault', async () => {
    const { campus } = await start({}, { clockOffsetMs: 11 * 60_000 });
    expect(await failure(campus.loaders().voucher(voucherOf(1)))).toMatchObject({
      kind: 'misconfigured',
      vendorCode: '31',
    });
  });

  it('mends such a clock with its offset, in what it promises too', async () => {
    const offset = 11 * 60_000;
    const { campus } = await start({ clockOffsetMs: offset }, { clockOffsetMs: offset });
    const before = Date.now();
    const { issuedAt } = await campus.loaders().voucher(voucherOf(1));
    expect(issuedAt.getTime() - before).toBeGreaterThanOrEqual(offset);
    expect(issuedAt.getTime() - before).toBeLessThan(offset + 1_000);
  });

  it('with another access key gets the refusal of the vendor', async () => {
    const { campus } = await start({
      activities: [{ activityCode: 'spring-gala', sponsorCode: 'sponsor-1', accessKey: 'another', send: [] }],
    });
    expect(await failure(campus.loaders().voucher(voucherOf(1)))).toMatchObject({
      kind: 'rejected',
      vendorCode: 'ACCESS_DENIED',
    });
  });
});
