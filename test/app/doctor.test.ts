import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { runDoctor } from '../../src/app/doctor.js';
import { openStorage } from '../../src/app/storage.js';
import { createCipher } from '../../src/database/cipher.js';
import { sqliteFile } from '../../src/database/sqlite.js';
import { createPeople } from '../../src/datasources/people/index.js';
import { SQLITE } from '../engines.js';
import { CertificateMaker, OPENSSL_IS_HERE } from '../zhima/openssl.js';

let url = '';
let drop: () => Promise<void>;
beforeEach(async () => {
  ({ url, drop } = await SQLITE.open());
});
afterEach(() => drop());

const newKey = () => randomBytes(32).toString('base64');

/** What it prints of the database and its key, and whether it found all well. */
async function lines(environment: Record<string, string>): Promise<[boolean, ...string[]]> {
  const printed: string[] = [];
  const healthy = await runDoctor({ SANDBOX: 'true', DATABASE_URL: url, ...environment }, (line) => printed.push(line));
  return [healthy, ...printed.filter((line) => /database|DATA_KEY/.test(line))];
}

it('finds a database that is still to be made well, and does not make it', async () => {
  expect(await lines({})).toEqual([true, `ok    database (${url}): the first start makes it`, 'ok    DATA_KEY']);
  expect(existsSync(dirname(sqliteFile(url) ?? ''))).toBe(false);
});

it('knows the key that fits from one that does not, and from none', async () => {
  const [fits, other] = [newKey(), newKey()];
  const database = await openStorage(url);
  await (await createPeople(database, createCipher(Buffer.from(fits, 'base64')))).register({ name: '甲' });
  await database.close();
  const well = `ok    database (${url})`;
  expect(await lines({ DATA_KEY: fits })).toEqual([true, well, 'ok    DATA_KEY']);
  expect(await lines({ DATA_KEY: other, DATA_KEY_PREVIOUS: fits })).toEqual([
    true,
    well,
    'ok    DATA_KEY',
    expect.stringMatching(/^ok {4}DATA_KEY_PREVIOUS: still needed/),
  ]);
  expect(await lines({ DATA_KEY: fits, DATA_KEY_PREVIOUS: other })).toEqual([
    true,
    well,
    'ok    DATA_KEY',
    'ok    DATA_KEY_PREVIOUS: nothing is sealed with it any more: remove it',
  ]);
  const wrong = 'WRONG DATA_KEY: DATA_KEY is not the key that this database was written with';
  expect(await lines({ DATA_KEY: other })).toEqual([false, well, expect.stringContaining(wrong)]);
  expect(await lines({})).toEqual([false, well, 'WRONG DATA_KEY: the database is sealed with a key that is not here']);
});

(OPENSSL_IS_HERE ? it : it.skip)('tells when certificates end, and which have to be renewed', async () => {
  const maker = new CertificateMaker();
  try {
    const root = maker.make('/C=CN/CN=Invented Root');
    const alipay = maker.make('/C=CN/CN=Alipay', { issuer: root });
    const app = maker.make('/C=CN/CN=App', { issuer: root, days: 7 });
    const printed: string[] = [];
    const settings = {
      SANDBOX: 'false',
      AUTH_SECRET: randomBytes(32).toString('base64'),
      DATABASE_URL: url,
      ZHIMA_APP_ID: '2014060600164699',
      ZHIMA_SERVICE_ID: '2019120400000000000004450100',
      ZHIMA_BASE_URL: 'http://127.0.0.1:1',
      ZHIMA_PRIVATE_KEY: app.privateKey,
      ZHIMA_APP_CERT: app.certificate,
      ZHIMA_ALIPAY_CERT: alipay.certificate,
      ZHIMA_ALIPAY_ROOT_CERT: root.certificate,
    };
    await runDoctor(settings, (line) => printed.push(line));
    expect(printed.filter((line) => line.includes('CERT'))).toEqual([
      expect.stringMatching(/^WRONG zhima: ZHIMA_APP_CERT ends on \d{4}-\d\d-\d\d: renew it$/),
      expect.stringMatching(/^ok {4}zhima: ZHIMA_ALIPAY_CERT ends on \d{4}-\d\d-\d\d$/),
      expect.stringMatching(/^ok {4}zhima: ZHIMA_ALIPAY_ROOT_CERT ends on \d{4}-\d\d-\d\d$/),
    ]);
  } finally {
    maker.erase();
  }
});
