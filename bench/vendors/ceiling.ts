import { cpuMs } from '../cpu.js';
import { runSlice } from '../load/slice.js';
import { inventPerson } from '../people.js';
import { exchangeCode } from './expected.js';
import { type VendorStub } from './stub.js';

/** What the stub can do of one kind of call. */
export interface Ceiling {
  call: string;
  /** As asked by this machine's load generator, which is the slower of the two. */
  perSecond: number;
  /** What one core would give the stub by itself: a second by the CPU of one answer. Undefined but on Linux. */
  perCore: number | undefined;
}

const SECONDS = 0.7;
const CONNECTIONS = 32;

/** Asks the stub without a server between, by the calls that servers make of it. */
export async function measureCeilings(stub: VendorStub): Promise<Ceiling[]> {
  await stub.setLatency(0);
  const ceilings: Ceiling[] = [];
  for (const [call, { path, body }] of Object.entries(calls())) {
    const head = `POST ${path} HTTP/1.1\r\nhost: vendor\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
    const before = cpuMs(stub.pids);
    const { answers, seconds, failures, firstFailure } = await runSlice({
      ports: [Number(new URL(stub.url).port)],
      requests: [Buffer.from(head + body)],
      from: 0,
      connections: CONNECTIONS,
      seconds: SECONDS,
      check: () => undefined,
      checkEvery: Infinity,
    });
    if (failures > 0) throw new Error(`The vendor stub failed: ${firstFailure ?? ''}`);
    const after = cpuMs(stub.pids);
    const perCore = before === undefined || after === undefined ? undefined : (answers * 1000) / (after - before);
    ceilings.push({ call, perSecond: answers / seconds, perCore });
  }
  const { refused } = await stub.counters();
  if (refused > 0) throw new Error('The vendor stub could not read the calls that measure it');
  return ceilings;
}

function calls(): Record<string, { path: string; body: string }> {
  const { mobile, name, zvcmsUserId } = inventPerson(1, 5);
  const param = JSON.stringify({ voucher_type: 'QR_CODE', mobile, user_name: name, activity_code: '1' });
  const voucher = new URLSearchParams({ method: 'alibaba.campus.bs.voucher.get', param }).toString();
  const params = JSON.stringify({ Action: 'user.my-cards', Params: { user_id: zvcmsUserId } });
  return {
    'one voucher': { path: '/router/rest', body: voucher },
    'a batch of 20 vouchers': { path: '/router/batch', body: Array(20).fill(voucher).join('\r\n-S-\r\n') },
    '5 gift cards': { path: '/api/v2', body: params },
    'an exchange code': {
      path: '/v3/coupon/exchange/getExchangeCodeStatus',
      body: JSON.stringify({ params: { exchangeCode: exchangeCode(2) } }),
    },
  };
}
