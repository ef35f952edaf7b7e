import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare } from './compare.js';
import { type Contender, prepareFolders, type Setting, startAlternatives, startKaquan } from './contenders.js';
import { readOptions } from './options.js';
import { cellLines } from './report/terminal.js';
import { makeSecrets } from './secrets.js';
import { startStub } from './vendors/stub.js';

const print = (...lines: string[]) => process.stdout.write(`${lines.join('\n')}\n`);

async function bench(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  print('Building, and installing what it is measured against …');
  prepareFolders();
  const folder = mkdtempSync(join(tmpdir(), 'kaquan-bench-'));
  const stub = await startStub(options.nodeStub);
  const running: Contender[] = [];
  try {
    const secrets = await makeSecrets();
    const setting: Setting = { folder, secrets, vendorUrl: stub.url };
    const kaquan = await startKaquan(setting, 'Kaquan', `file:${join(folder, 'bench.db')}`);
    running.push(kaquan);
    running.unshift(...(await startAlternatives(setting, kaquan.people)));
    const chosen = running.filter(({ name }) => options.only.length === 0 || options.only.includes(name));
    await compare(chosen, secrets.tokens, stub, options, (cell) => print(...cellLines(cell)));
  } finally {
    await Promise.all(running.map((contender) => contender.close()));
    stub.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

await bench();
