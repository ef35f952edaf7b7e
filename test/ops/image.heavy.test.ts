import { type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { buildImage, type Image, makeReadOnly, startInImage, within } from '../../scripts/image.js';

/** What npm says where its registry cannot be reached. */
const OFFLINE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED/;
/** Measured: 89 MB, eight of them the bundle's copies of packages. Whoever adds to it should mean to. */
const MAX_MEGABYTES = 100;

let image: Image | undefined;
try {
  image = buildImage(() => undefined);
  makeReadOnly(image);
} catch (error) {
  if (!(error instanceof Error && OFFLINE.test(error.message))) throw error;
  console.warn('skipped: the npm registry cannot be reached, so that the image is not built.');
}

const filesOf = (folder: string) => readdirSync(folder, { recursive: true, encoding: 'utf8' });

(image ? describe : describe.skip)('what the Dockerfile makes', () => {
  const built = image as Image;
  const app = image ? within(image, '.') : '';
  const running: ChildProcess[] = [];
  let env: Record<string, string> = {};

  beforeAll(async () => {
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    env = {
      PORT: String(port),
      METRICS_PORT: '0',
      DATA_KEY: randomBytes(32).toString('base64'),
      AUTH_SECRET: randomBytes(32).toString('base64'),
    };
  });
  afterEach(() => running.splice(0).forEach((child) => child.kill('SIGKILL')));
  afterAll(() => built.erase());

  const start = (command: string[]) => {
    const child = startInImage(built, command, env);
    running.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    const ended = once(child, 'close').then(([code]) => code as number);
    return { child, ended, output: () => output };
  };
  const isHealthy = async () => (await start(built.healthCheck).ended) === 0;

  it('holds what the server runs on and nothing else, and is small', () => {
    expect(readdirSync(app).sort()).toEqual(['LICENSE', 'data', 'dist', 'node_modules', 'package.json']);
    for (const name of ['typescript', 'jest', 'eslint', '@swc/core'])
      expect(existsSync(join(app, 'node_modules', name))).toBe(false);
    const locked = Object.entries((JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock).packages);
    const dev = locked.filter(([path, { dev: is }]) => is && existsSync(join(app, path))).map(([path]) => path);
    expect(locked.length).toBeGreaterThan(300);
    expect(dev).toEqual([]);
    const files = filesOf(app);
    expect(
      files.filter((file) => /\.(map|ts|env)$/.test(file) && !file.endsWith('.d.ts') && file.startsWith('dist')),
    ).toEqual([]);
    const bytes = files.map((file) => statSync(join(app, file))).reduce((sum, { size }) => sum + size, 0);
    expect(bytes / 1e6).toBeLessThan(MAX_MEGABYTES);
  });

  it('serves as another user from where only data can be written, is found healthy, and stops when told', async () => {
    expect({ uid: built.uid, gid: built.gid, env: built.env }).toEqual({
      uid: 1000,
      gid: 1000,
      env: { NODE_ENV: 'production' },
    });
    expect(await isHealthy()).toBe(false);
    const before = filesOf(app).filter((file) => !file.startsWith('data'));
    const server = start([...built.entrypoint, ...built.command]);
    const readyz = `http://127.0.0.1:${env['PORT'] ?? ''}/readyz`;
    for (let tries = 0; tries < 200; tries += 1) {
      if (
        await fetch(readyz).then(
          ({ ok }) => ok,
          () => false,
        )
      )
        break;
      if (server.child.exitCode !== null) throw new Error(server.output());
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await isHealthy()).toBe(true);
    expect(readdirSync(join(app, 'data'))).toContain('kaquan.db');
    const doctor = start([...built.entrypoint, 'doctor', '--json']);
    expect(await doctor.ended).toBe(0);
    expect(JSON.parse(doctor.output())).toMatchObject({ exitCode: 0 });

    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    expect(await isHealthy()).toBe(false);
    expect(filesOf(app).filter((file) => !file.startsWith('data'))).toEqual(before);
  });

  it('lists every problem of its settings and ends with 78', async () => {
    env = { ...env, DATA_KEY: '', PORT: 'eighty' };
    const server = start([...built.entrypoint, ...built.command]);
    expect(await server.ended).toBe(78);
    expect(server.output()).toMatch(/PORT must be a whole number[^]*DATA_KEY is missing/);
  });
});

interface Lock {
  packages: Record<string, { dev?: boolean }>;
}
