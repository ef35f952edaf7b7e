import { afterEach, describe, expect, it } from '@jest/globals';
import { startCampusSandbox, type CampusSandbox } from '../../src/sandbox/campus.js';
import { createSigner } from '../../src/datasources/campus/signature.js';
import { WIRE_SECRET, wire } from './vectors.js';

let server: CampusSandbox | undefined;
afterEach(() => server?.close());

/** A server at the time and with the app of the SDK's recorded requests. */
async function start(appSecret = WIRE_SECRET, clockOffsetMs = 0): Promise<CampusSandbox> {
  const recordedAt = Date.parse('2026-01-01T08:00:00+08:00');
  return (server = await startCampusSandbox({
    appKey: '12345678',
    appSecret,
    activities: [{ activityCode: '1', sponsorCode: 'xxx', accessKey: 'ak-test' }],
    clockOffsetMs: recordedAt - Date.now() + clockOffsetMs,
  }));
}

/** Sends a recorded request as the SDK sent it, or a little changed. */
async function replay(at: number, change: (target: string) => string = (target) => target): Promise<Response> {
  const recorded = wire[at];
  if (!server || !recorded) throw new Error('nothing to replay');
  const target = change(`${recorded.path}?${recorded.query_raw}`);
  return fetch(server.url + target, { method: 'POST', headers: recorded.headers, body: recorded.body });
}

const Q = expect.stringMatching(/^D/);
const voucher = {
  alibaba_campus_bs_voucher_get_response: { result: true, result_code: '200', content: { qr_code: Q } },
};

/** A batch signed as the document says; the vectors hold the signer. */
async function sendBatch(parts: string[]): Promise<unknown[]> {
  const params = {
    v: '2.0',
    app_key: '12345678',
    format: 'json',
    sign_method: 'md5',
    timestamp: '2026-01-01 08:00:00',
  };
  const body = parts.join('\r\n-S-\r\n');
  const query = new URLSearchParams({ ...params, sign: createSigner('md5', WIRE_SECRET)(params, body) });
  const headers = { 'content-type': 'text/plain;charset=UTF-8' };
  const answer = await fetch(`${server?.url ?? ''}/router/batch?${query.toString()}`, {
    method: 'POST',
    headers,
    body,
  });
  return (await answer.text()).split('\r\n-S-\r\n').map((piece) => JSON.parse(piece) as unknown);
}

describe("the sandbox, asked by the vendor's own SDK", () => {
  it('answers a single call with parameters in query and body', async () => {
    await start();
    const answer = await replay(0);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/javascript;charset=UTF-8');
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject(voucher);
    expect(text).toMatch(/"request_id":"\w+"/);
    expect(server?.calls).toBe(1);
  });

  it.each([
    [1, '\r\n-S-\r\n'],
    [2, '\r\n-S-\r\n'],
    [3, '~~SEP~~'],
  ])('answers batch %d, with shared parameters, in pieces parted as asked', async (at, separator) => {
    await start();
    const pieces = (await (await replay(at)).text()).split(separator);
    expect(pieces.map((piece) => JSON.parse(piece) as unknown)).toMatchObject([voucher, voucher]);
    expect(server?.calls).toBe(2);
  });

  it('refuses another secret, a changed parameter, a late clock, a missing signature and another app', async () => {
    await start('another-secret');
    expect(await (await replay(0)).json()).toMatchObject({ error_response: { code: 25 } });
    expect(await (await replay(1)).json()).toMatchObject({ error_response: { code: 25 } });
    await server?.close();
    await start();
    const changes: [string, string, number][] = [
      ['v=2.0', 'v=2.0&simplify=true', 25],
      ['sign=', 'unsigned=', 24],
      ['app_key=12345678', 'app_key=1', 29],
      ['method=alibaba.campus', 'method=alibaba.other', 22],
      ['format=json', 'format=yaml', 23],
      ['&v=2.0', '', 32],
    ];
    for (const [from, to, code] of changes) {
      const error: unknown = await (await replay(0, (target) => target.replace(from, to))).text();
      expect(String(error)).toMatch(new RegExp(`"code":${code}\\b|<code>${code}</code>`));
    }
    await server?.close();
    for (const late of [11, -11]) {
      await start(WIRE_SECRET, late * 60_000);
      expect(await (await replay(0)).json()).toMatchObject({ error_response: { code: 31 } });
      await server?.close();
    }
  });

  it('answers in XML unless JSON is asked for', async () => {
    await start();
    const answer = await replay(0, (target) => target.replace('&format=json', ''));
    expect(answer.headers.get('content-type')).toBe('text/xml;charset=UTF-8');
    expect(await answer.text()).toMatch(/^<\?xml .*<error_response><code>25<\/code>.*<\/error_response>$/);
  });

  it('takes an N for a call without parameters', async () => {
    await start();
    expect(
      await sendBatch(['#PUBLIC#method=alibaba.campus.bs.voucher.get', 'N', 'method=alibaba.other']),
    ).toMatchObject([{ error_response: { code: 40 } }, { error_response: { code: 22 } }]);
  });

  it('refuses more than twenty calls as a whole', async () => {
    await start();
    expect(await sendBatch(Array<string>(20).fill('N'))).toHaveLength(20);
    expect(await sendBatch(Array<string>(21).fill('N'))).toMatchObject([{ error_response: { code: 41 } }]);
  });

  it('refuses members of param that the document does not know, and required ones that are missing', async () => {
    await start();
    const method = 'method=alibaba.campus.bs.voucher.get';
    const full = new URLSearchParams(wire[0]?.body).get('param') ?? '';
    const params = [full, full.replace('mobile', 'mobil'), full.replace('"user_name":"张三",', ''), '{'];
    const parts = params.map((param) => `${method}&param=${encodeURIComponent(param)}`);
    expect(await sendBatch(parts)).toMatchObject([
      voucher,
      ...Array<unknown>(3).fill({ error_response: { code: 41 } }),
    ]);
  });
});
