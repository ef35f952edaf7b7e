import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareFolders, type Setting } from './contenders.js';
import { makeSecrets } from './secrets.js';
import { startStub, type VendorStub } from './vendors/stub.js';

export const print = (...lines: string[]) => process.stdout.write(`${lines.join('\n')}\n`);

/** What every command here needs: built programs, a folder, secrets of its own and the vendors; all of it is cleared away. */
export async function withSetting(
  { nodeStub }: { nodeStub: boolean },
  run: (setting: Setting, stub: VendorStub) => Promise<void>,
): Promise<void> {
  print('Building, and installing what it is measured against …');
  prepareFolders();
  const folder = mkdtempSync(join(tmpdir(), 'kaquan-bench-'));
  const stub = await startStub(folder, nodeStub);
  try {
    await run({ folder, secrets: await makeSecrets(), vendorUrl: stub.url }, stub);
  } finally {
    stub.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
