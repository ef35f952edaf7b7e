import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { makeToken } from '../../scripts/token.js';
import { VENDORS } from '../../src/modules/index.js';
import { COMPILED_SERVER } from '../compile-server.js';
import { killAll, run } from './program.js';

const server = resolve(COMPILED_SERVER);
const folder = mkdtempSync(join(tmpdir(), 'kaquan-lines-'));
afterAll(() => {
  killAll();
  rmSync(folder, { recursive: true });
});

describe('the lines that the sandbox alone prints', () => {
  const ask = async (url: string, lines: string) => {
    const secret = /^export AUTH_SECRET='(.*)'$/m.exec(lines)?.[1];
    const token = await makeToken(['--scope', 'person:write voucher:read'], { AUTH_SECRET: secret });
    const query =
      'mutation { registerPerson(input: { name: "张三", mobile: "18209099090" }) { voucher(activityCode: "1") { qrCode } } }';
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query }),
    });
    return (await response.json()) as unknown;
  };
  const VOUCHER = { data: { registerPerson: { voucher: { qrCode: expect.stringMatching(/^D\w{24}$/) } } } };

  it('work as they are in a shell and in .env: tokens are checked, and vouchers come from its vendor', async () => {
    const sandbox = run(process.execPath, [server, 'sandbox'], folder);
    await sandbox.printed(/ZHIMA_ALIPAY_PUBLIC_KEY='(\S+)'\n/);
    const lines = sandbox.said.out;

    const pasted = run('sh', ['-c', `${lines}\nexec "${process.execPath}" "${server}"`], join(folder, 'shell'));
    mkdirSync(join(folder, 'env'));
    writeFileSync(join(folder, 'env', '.env'), lines);
    const fromFile = run(process.execPath, [server], join(folder, 'env'));
    for (const started of [pasted, fromFile]) {
      const url = await started.printed(/serves .* at (http[^\s"]+)/);
      expect(await started.printed(/Vendors: (.*)/)).toBe(VENDORS.map(({ name }) => name).join(', '));
      expect(await started.printed(/Access: (.*)/)).toBe('by token and scope.');
      expect(await ask(url, lines)).toEqual(VOUCHER);
    }
  });
});
