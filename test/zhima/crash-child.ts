import { text } from 'node:stream/consumers';
import { createCipher } from '../../src/datasources/kit/database/cipher.js';
import { openDatabase } from '../../src/datasources/kit/database/open.js';
import { createIdentityChecks, ZhimaClient, type ZhimaSettings } from '../../src/datasources/zhima/index.js';
import { LocalPace } from '../../src/datasources/kit/pacing.js';

/** Settles one check in a process of its own, as told on stdin, and stands still at a step in order to be killed there. */
export interface CrashOrder {
  databaseUrl: string;
  dataKey: string;
  settings: ZhimaSettings;
  leaseMs: number;
  checkId: string;
  stopAt: string;
}

const order = JSON.parse(await text(process.stdin)) as CrashOrder;
const database = await openDatabase(order.databaseUrl);
const client = new ZhimaClient(order.settings, {
  pace: new LocalPace(),
  telemetry: { vendorCall: () => undefined, oddity: () => undefined },
});
const checks = createIdentityChecks({
  database,
  client,
  cipher: createCipher(Buffer.from(order.dataKey, 'base64')),
  timeoutMs: order.settings.timeoutMs,
  leaseMs: order.leaseMs,
  onStep: async (step) => {
    console.log(step);
    if (step === order.stopAt) await new Promise(() => setInterval(() => undefined, 1_000));
  },
});
console.log('ready');
const record = await checks.settle(order.checkId);
console.log(`told ${record?.status ?? 'nothing'}`);
