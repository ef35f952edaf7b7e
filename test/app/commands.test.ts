import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { COMPILED_SERVER } from '../compile-server.js';
import { killAll, run } from './program.js';

const { version, engines } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  version: string;
  engines: { node: string };
};
const server = resolve(COMPILED_SERVER);
const folder = mkdtempSync(join(tmpdir(), 'kaquan-commands-'));
afterAll(() => {
  killAll();
  rmSync(folder, { recursive: true });
});

const command = (...args: string[]) => run(process.execPath, [server, ...args], folder).ended;

describe('the program', () => {
  it.each(['help', '--help'])('%s says which commands there are', async (word) => {
    const { code, out, err } = await command(word);
    expect([code, err]).toEqual([0, '']);
    for (const name of ['serve', 'sandbox', 'doctor', 'help', 'version'])
      expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  it.each(['version', '--version'])('%s says which version it is', async (word) => {
    expect(await command(word)).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  it('says what there is to a command that is none', async () => {
    const { code, out, err } = await command('frobnicate');
    expect([code, out]).toEqual([64, '']);
    expect(err).toMatch(/^There is no command frobnicate\.\n[^]*^ {2}doctor /m);
  });

  it('says which Node it needs before it loads what an older one cannot', async () => {
    // The entry alone: any other file of ours that it loads first is missing.
    const alone = join(folder, 'alone');
    mkdirSync(join(alone, 'dist'), { recursive: true });
    copyFileSync(server, join(alone, 'dist', 'server.js'));
    writeFileSync(
      join(alone, 'package.json'),
      JSON.stringify({ type: 'module', version, engines: { node: '>=99.1' } }),
    );
    expect(await run(process.execPath, ['dist/server.js'], alone).ended).toEqual({
      code: 1,
      out: '',
      err: `Kaquan needs Node >=99.1, and this is Node ${process.versions.node}.\n`,
    });
    expect(engines.node).toMatch(/^>=\d+\.\d+$/);
  });
});
