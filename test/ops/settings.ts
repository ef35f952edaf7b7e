import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Config, loadConfig } from '../../src/config/config.js';
import { MODULES, VENDORS } from '../../src/modules/index.js';
import { type StartedVendor } from '../../src/sandbox/start.js';

/**
 * The settings of a manifest as the image reads them, each file of a secret in its place with a value that will do.
 * Throws ConfigError where a stranger's server would not start.
 */
export async function loadManifestSettings(environment: Record<string, string>): Promise<Config> {
  const folder = mkdtempSync(join(tmpdir(), 'kaquan-manifest-'));
  const started: StartedVendor[] = [];
  try {
    for (const { startSandbox } of VENDORS) started.push(await startSandbox({}));
    const secrets: Record<string, string> = {
      ...(Object.assign({}, ...started.map(({ settings }) => settings)) as Record<string, string>),
      DATABASE_URL: 'postgres://kaquan:made-up@postgres:5432/kaquan',
      REDIS_URL: 'redis://valkey:6379',
      DATA_KEY: randomBytes(32).toString('base64'),
      AUTH_SECRET: randomBytes(32).toString('hex'),
      ROUTER_SECRET: randomBytes(32).toString('hex'),
    };
    const given = Object.entries(environment).map(([name, value]) => {
      if (!name.endsWith('_FILE')) return [name, value];
      const secret = secrets[basename(value)];
      if (secret === undefined || name !== `${basename(value)}_FILE`) throw new Error(`${name} names ${value}`);
      const file = join(folder, basename(value));
      writeFileSync(file, `${secret}\n`);
      return [name, file];
    });
    return loadConfig({ NODE_ENV: 'production', ...(Object.fromEntries(given) as Record<string, string>) }, MODULES);
  } finally {
    await Promise.all(started.map(({ server }) => server.close()));
    rmSync(folder, { recursive: true });
  }
}
