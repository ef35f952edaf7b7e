import { rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { startSubgraph } from './federation.js';

const SECONDS = 5;
const ROUNDS = 3;
const CONNECTIONS = 16;

const OPERATIONS: Record<string, string> = {
  'no field but the name of the type': '{ __typename }',
  'a page of the directory, masked': '{ directory(first: 12) { edges { node { id maskedName maskedMobile } } } }',
  'one voucher (one signed call)':
    '{ directory(first: 1) { edges { node { voucher(activityCode: "1") { qrCode } } } } }',
  'twelve vouchers (one signed batch)':
    '{ directory(first: 12) { edges { node { voucher(activityCode: "1") { qrCode } } } } }',
};

/**
 * Requests a second of the server in the sandbox, the vendors' local servers in the same process. Machines differ and
 * are noisy: what counts is the ratio of the lines of one run, the median of several rounds each.
 */
async function bench(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kaquan-bench-'));
  const server = await startSubgraph('all', {
    DATABASE_URL: `file:${join(folder, 'bench.db')}`,
    LOG_LEVEL: 'silent',
    AUDIT_LOG: join(folder, 'audit.log'),
  });
  try {
    const rates = new Map<string, number[]>(Object.keys(OPERATIONS).map((name) => [name, []]));
    // Round by round rather than line by line, so that a slow minute of the machine hits every line.
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, query] of Object.entries(OPERATIONS)) {
        const { requests, non2xx, errors } = await autocannon({
          url: server.url,
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query }),
          connections: CONNECTIONS,
          duration: SECONDS,
        });
        if (non2xx + errors > 0) throw new Error(`${name}: ${non2xx + errors} requests failed`);
        rates.get(name)?.push(requests.average);
      }
    }
    const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
    const first = median([...rates.values()][0] ?? []);
    for (const [name, values] of rates) {
      const rate = median(values);
      process.stdout.write(`${rate.toFixed(0).padStart(7)} requests/s  ${(rate / first).toFixed(2)}  ${name}\n`);
    }
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

await bench();
