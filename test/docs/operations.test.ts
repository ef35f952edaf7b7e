import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Kind, parse } from 'graphql';
import { killAll, run } from '../app/program.js';
import {
  brokenLinks,
  CHINESE_PAGES,
  codesOf,
  type Fence,
  FENCES,
  nameOf,
  PAGES,
  reasonNotToRun,
  textOf,
} from './fences.js';
import { type Sandbox, startSandboxServer } from './sandbox-server.js';

const HERE = 'http://127.0.0.1:4000/graphql';

const folder = mkdtempSync(join(tmpdir(), 'kaquan-docs-'));
let server: Sandbox;
beforeAll(async () => {
  server = await startSandboxServer(folder);
});
afterAll(async () => {
  killAll();
  await server.close();
  rmSync(folder, { recursive: true });
});

const of = (language: string) => FENCES.filter((fence) => fence.language === language);
const named = (fences: readonly Fence[]) => fences.map((fence): [string, Fence] => [nameOf(fence), fence]);

describe('every GraphQL operation in the documentation', () => {
  const operations = of('graphql').filter((fence) => reasonNotToRun(fence) === undefined && fence.info !== 'schema');

  it('is found', () => {
    expect(operations.length).toBeGreaterThanOrEqual(18);
    expect(operations.filter(({ info }) => !/^(errors=[\w,]+)?$/.test(info)).map(nameOf)).toEqual([]);
  });

  it.each(named(operations))('%s has the answer that the page says', async (_name, fence) => {
    const { data, errors = [] } = await server.ask(fence.text);
    expect([...new Set(errors.map(({ extensions }) => extensions.code))].sort()).toEqual(codesOf(fence).sort());
    if (errors.length === 0) expect(Object.keys(data ?? {}).length).toBeGreaterThan(0);
  });
});

describe('other blocks', () => {
  it('with types in GraphQL hold nothing but types', () => {
    for (const fence of of('graphql').filter(({ info }) => info === 'schema')) {
      const kinds = parse(fence.text).definitions.map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === Kind.OPERATION_DEFINITION || kind === Kind.FRAGMENT_DEFINITION)).toEqual(
        [],
      );
    }
  });

  it('in JSON are JSON', () => {
    for (const { text } of of('json')) expect(() => JSON.parse(text) as unknown).not.toThrow();
  });

  it.each(named(of('js').filter(({ info }) => info === 'run')))('%s runs', async (_name, { text }) => {
    const program = ['--input-type=module', '-e', text.replaceAll(HERE, server.url)];
    const { code, out, err } = await run(process.execPath, program, folder).ended;
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n').filter((line) => /^\S.* (D\w{24}|[A-Z]+_[A-Z_]+)$/.test(line))).toHaveLength(12);
  });
});

describe('the pages', () => {
  it('name no command that is none', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    const commands = [...PAGES, ...CHINESE_PAGES].flatMap((page) =>
      [...textOf(page).matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g)].map(([, name = '']) => name),
    );
    expect(commands.length).toBeGreaterThan(30);
    expect([...new Set(commands)].filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it.each([...PAGES, ...CHINESE_PAGES])('%s links to nothing that is not there', (page) => {
    expect(brokenLinks(page)).toEqual([]);
  });
});
