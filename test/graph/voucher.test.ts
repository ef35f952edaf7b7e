import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { inventPeople, startGraph, type TestGraph, toldToCampus } from './harness.js';

let graph: TestGraph;
let ids: string[];
beforeAll(async () => {
  graph = await startGraph({ CAMPUS_TIMEOUT_MS: '1500' });
  ids = await graph.register(...inventPeople(50));
});
afterAll(() => graph.close());
afterEach(() => {
  graph.campus.play(null);
  graph.campus.forget();
});

const PEOPLE = `query ($ids: [ID!]!) { people(ids: $ids) { id voucher(activityCode: "1") { type qrCode qrCodeType activityCode issuedAt expiresAt } } }`;

interface Holder {
  id: string;
  voucher: { qrCode: string; issuedAt: string; expiresAt: string | null } | null;
}

describe('vouchers of many people', () => {
  it('fifty people are three HTTP requests', async () => {
    const { data, errors } = await graph.ask(PEOPLE, { ids });
    expect(errors).toBeUndefined();
    const people = data?.['people'] as Holder[];
    expect(people.map(({ id }) => id)).toEqual(ids);
    expect(new Set(people.map(({ voucher }) => voucher?.qrCode)).size).toBe(50);
    expect(graph.campus.requests.map(({ path }) => path)).toEqual(['/router/batch', '/router/batch', '/router/batch']);
    expect(graph.campus.calls).toBe(50);
  });

  it('a directory page of fifty is three HTTP requests, too', async () => {
    const { errors } = await graph.ask(
      '{ directory(first: 50) { edges { node { voucher(activityCode: "1") { qrCode } } } } }',
    );
    expect(errors).toBeUndefined();
    expect(graph.campus.requests).toHaveLength(3);
    expect(graph.campus.calls).toBe(50);
  });

  it('the same voucher asked twice in a query is one call, and one code', async () => {
    const { data } = await graph.ask(
      `query ($id: ID!) { a: person(id: $id) { voucher(activityCode: "1") { qrCode } again: voucher(activityCode: "1") { qrCode } }
        b: person(id: $id) { voucher(activityCode: "1") { qrCode } } }`,
      { id: ids[0] },
    );
    expect(graph.campus.calls).toBe(1);
    expect(graph.campus.requests.map(({ path }) => path)).toEqual(['/router/rest']);
    const { a, b } = data as Record<string, Record<string, { qrCode: string }>>;
    expect(new Set([a?.['voucher']?.qrCode, a?.['again']?.qrCode, b?.['voucher']?.qrCode]).size).toBe(1);
  });

  it('one failing piece nulls one voucher with its own error', async () => {
    graph.campus.play('one-bad-piece');
    const { data, errors } = await graph.ask(PEOPLE, { ids: ids.slice(0, 5) });
    const people = data?.['people'] as Holder[];
    expect(people.map(({ voucher }) => voucher !== null)).toEqual([true, false, true, true, true]);
    expect(errors).toHaveLength(1);
    expect(errors?.[0]).toMatchObject({
      path: ['people', 1, 'voucher'],
      extensions: { vendor: 'campus', retryable: false },
    });
  });

  it('a vendor that hangs costs its own fields and no more than its time-out', async () => {
    graph.campus.play('hang');
    const startedAt = Date.now();
    const { data, errors } = await graph.ask(
      'query ($id: ID!) { person(id: $id) { id maskedName voucher(activityCode: "1") { qrCode } } }',
      { id: ids[0] },
    );
    expect(Date.now() - startedAt).toBeLessThan(3_000);
    expect(data).toEqual({ person: { id: ids[0], maskedName: '测**', voucher: null } });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'VENDOR_TIMEOUT', vendor: 'campus', retryable: true });
  });

  it('a ban is told with its seconds and ends the calls', async () => {
    graph.campus.play('banned');
    const first = await graph.ask(PEOPLE, { ids: ids.slice(0, 2) });
    expect(first.errors?.[0]?.extensions).toMatchObject({ code: 'VENDOR_THROTTLED', retryAfterSeconds: 3600 });
    expect(graph.campus.requests).toHaveLength(1);
    const second = await graph.ask(PEOPLE, { ids: ids.slice(0, 2) });
    expect(second.errors?.map(({ extensions }) => extensions['code'])).toEqual([
      'VENDOR_THROTTLED',
      'VENDOR_THROTTLED',
    ]);
    expect(graph.campus.requests).toHaveLength(1);
  });
});

describe('one voucher', () => {
  let own: TestGraph;
  let id: string;
  beforeAll(async () => {
    own = await startGraph();
    [id = ''] = await own.register({ name: '张三', mobile: '+86 182-0909-9090' });
  });
  afterAll(() => own.close());

  const voucher = async (args: string, fields: string) => {
    const { data, errors } = await own.ask(`query ($id: ID!) { person(id: $id) { voucher(${args}) { ${fields} } } }`, {
      id,
    });
    return { voucher: (data?.['person'] as { voucher: Record<string, unknown> | null } | undefined)?.voucher, errors };
  };

  it('a dynamic code expires after the seconds asked for, or 300', async () => {
    for (const [args, seconds] of [
      ['activityCode: "1"', 300],
      ['activityCode: "1", validSeconds: 60', 60],
    ] as const) {
      const { voucher: found } = await voucher(
        args,
        'type qrCodeType activityCode issuedAt expiresAt qrCodeUrl faceUrl',
      );
      expect(found).toMatchObject({
        type: 'QR_CODE',
        qrCodeType: 'DYNAMIC',
        activityCode: '1',
        qrCodeUrl: null,
        faceUrl: null,
      });
      expect(Date.parse(String(found?.['expiresAt'])) - Date.parse(String(found?.['issuedAt']))).toBe(seconds * 1000);
    }
  });

  it('a static code does not expire and stays the same', async () => {
    const first = await voucher('activityCode: "1", qrCodeType: STATIC', 'qrCode expiresAt');
    const second = await voucher('activityCode: "1", qrCodeType: STATIC', 'qrCode expiresAt');
    expect(first.voucher).toMatchObject({ expiresAt: null });
    expect(second.voucher).toEqual(first.voucher);
  });

  it('a face voucher has a face and no code to draw', async () => {
    const { voucher: found } = await voucher('activityCode: "1", type: FACE', 'type qrCode qrCodePicture faceUrl');
    expect(found).toEqual({
      type: 'FACE',
      qrCode: null,
      qrCodePicture: null,
      faceUrl: expect.stringMatching(/^https:.*\.jpg$/),
    });
  });

  it("the vendor's own picture comes only where it was asked for", async () => {
    const { voucher: found } = await voucher('activityCode: "1", withPicture: true', 'qrCodeUrl');
    expect(found?.['qrCodeUrl']).toMatch(/^https:.*\.png$/);
  });

  it('the code is drawn here as SVG and as PNG', async () => {
    const { voucher: found } = await voucher(
      'activityCode: "1"',
      'svg: qrCodePicture png: qrCodePicture(format: PNG, size: 128)',
    );
    const svg = Buffer.from(String(found?.['svg']).replace('data:image/svg+xml;base64,', ''), 'base64').toString();
    expect(svg).toMatch(/^<svg [^>]*width="256"/);
    const png = Buffer.from(String(found?.['png']).replace('data:image/png;base64,', ''), 'base64');
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    // Width and height stand in the header that every PNG begins with.
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([128, 128]);
  });

  it.each([
    ['an activity that is not set up', 'activityCode: "9"', 'qrCode', 'activityCode'],
    ['a life too short', 'activityCode: "1", validSeconds: 29', 'qrCode', 'validSeconds'],
    ['a life too long', 'activityCode: "1", validSeconds: 86401', 'qrCode', 'validSeconds'],
    ['a picture too large', 'activityCode: "1"', 'qrCodePicture(size: 1025)', 'size'],
  ])('refuses %s', async (_what, args, fields, field) => {
    const { errors } = await voucher(args, fields);
    expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field });
  });

  it('tells what a person lacks, without asking the vendor', async () => {
    const [without] = await own.register({ name: '郑无号' });
    own.campus.forget();
    const { data, errors } = await own.ask(
      'query ($id: ID!) { person(id: $id) { voucher(activityCode: "1") { qrCode } } }',
      { id: without },
    );
    expect(data).toEqual({ person: { voucher: null } });
    expect(errors?.[0]?.extensions).toEqual({ code: 'PERSON_INCOMPLETE', missing: ['mobile'] });
    expect(own.campus.requests).toHaveLength(0);
  });
});

describe('the id number and the e-mail address', () => {
  let own: TestGraph;
  let ids: string[];
  beforeAll(async () => {
    own = await startGraph();
    ids = await own.register(
      { name: '全有', mobile: '13800000001', idNumber: '11010519491231002X', email: 'all@example.com' },
      { name: '无邮', mobile: '13800000002', idNumber: '110101199003070759' },
      { name: '全无' },
    );
  });
  afterAll(() => own.close());
  afterEach(() => own.campus.forget());

  const vouchersOf = async (activityCode: string) => {
    const { data, errors } = await own.ask(
      'query ($ids: [ID!]!, $code: String!) { people(ids: $ids) { voucher(activityCode: $code) { qrCode } } }',
      { ids, code: activityCode },
    );
    return {
      given: (data?.['people'] as { voucher: unknown }[]).map(({ voucher }) => voucher !== null),
      missing: errors?.map(({ extensions }) => [extensions['code'], extensions['missing']]),
      told: toldToCampus(own).map(({ user_name: name, idno, email }) => [name, idno, email]),
    };
  };

  it('stay here, unless the activity is set up to be sent them', async () => {
    expect(await vouchersOf('1')).toEqual({
      given: [true, true, false],
      missing: [['PERSON_INCOMPLETE', ['mobile']]],
      told: [
        ['全有', undefined, undefined],
        ['无邮', undefined, undefined],
      ],
    });
  });

  it('are sent where the activity wants them, and who lacks one is told so without asking the vendor', async () => {
    expect(await vouchersOf('by-id')).toEqual({
      given: [true, true, false],
      missing: [['PERSON_INCOMPLETE', ['mobile', 'idNumber']]],
      told: [
        ['全有', '11010519491231002X', undefined],
        ['无邮', '110101199003070759', undefined],
      ],
    });
    own.campus.forget();
    expect(await vouchersOf('by-id-and-mail')).toEqual({
      given: [true, false, false],
      missing: [
        ['PERSON_INCOMPLETE', ['email']],
        ['PERSON_INCOMPLETE', ['mobile', 'idNumber', 'email']],
      ],
      told: [['全有', '11010519491231002X', 'all@example.com']],
    });
  });
});

it('a vendor that is not configured is told as such', async () => {
  const bare = await startGraph({
    CAMPUS_BASE_URL: '',
    CAMPUS_APP_KEY: '',
    CAMPUS_APP_SECRET: '',
    CAMPUS_ACTIVITIES: '',
  });
  try {
    const [id] = await bare.register({ name: '张三', mobile: '18209099090' });
    const { data, errors } = await bare.ask(
      'query ($id: ID!) { person(id: $id) { maskedName voucher(activityCode: "1") { qrCode } } }',
      { id },
    );
    expect(data).toEqual({ person: { maskedName: '张*', voucher: null } });
    expect(errors?.[0]?.extensions).toEqual({ code: 'VENDOR_DISABLED', vendor: 'campus', retryable: false });
  } finally {
    await bare.close();
  }
});
