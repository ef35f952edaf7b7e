import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import typescript from 'typescript';
import { codesOf, type Fence, FENCES, nameOf, reasonNotToRun } from './fences.js';

const SHELL = FENCES.filter(({ language }) => ['sh', 'bash', 'shell', 'console'].includes(language));
const RUN = SHELL.filter((fence) => reasonNotToRun(fence) === undefined);

/** Left out: what got this test as far as here. */
const BEFORE_THIS = /^npm ci(?: && )?(?:npm test$)?/;
/** Lines that start something that runs until it is stopped, and what it prints when it is there. */
const SERVERS: [line: RegExp, ready: RegExp][] = [
  [/\bnpm start$/, /serves .* at (http:[^\s"]+)/],
  [/\bnpm run sandbox$/, /ZHIMA_ALIPAY_PUBLIC_KEY='(\S+)'/],
  [/\bnpm run federated$/, /supergraph at (http:\S+)/],
];
const HERE = 'http://127.0.0.1:4000/graphql';

const folder = mkdtempSync(join(tmpdir(), 'kaquan-shell-'));
const children: ChildProcess[] = [];

/** A group of its own, so that what npm starts ends with it. */
function start(script: string, cwd: string): { child: ChildProcess; said: () => string } {
  const child = spawn('bash', ['-c', script], {
    cwd,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: '0', METRICS_PORT: '0', LOG_LEVEL: 'error' },
  });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, said: () => text };
}

async function until<T>(find: () => T | undefined, child: ChildProcess, said: () => string): Promise<T> {
  for (;;) {
    const found = find();
    if (found !== undefined) return found;
    if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${said()}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

beforeAll(() => {
  // What is in the repository or would be, as a newcomer has it after npm ci: no data/, no .env.
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
  });
  const base = join(folder, 'base');
  for (const file of files.split('\0').filter((name) => name !== '')) {
    mkdirSync(dirname(join(base, file)), { recursive: true });
    cpSync(file, join(base, file));
  }
  symlinkSync(resolve('node_modules'), join(base, 'node_modules'));
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: base });
}, 120_000);
afterAll(() => {
  for (const { pid, exitCode } of children) {
    if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGKILL');
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

/** A page read from top to bottom by somebody with two shells: one for what keeps running, one for everything else. */
class Reader {
  private readonly cwd: string;
  private readonly shell: ReturnType<typeof start>;
  private readonly urls = new Map<string, string>();
  private url: string | undefined;
  private seen = 0;

  constructor(page: string) {
    this.cwd = join(folder, page.replaceAll('/', '-'));
    cpSync(join(folder, 'base'), this.cwd, { recursive: true, verbatimSymlinks: true });
    this.shell = start(
      'FAILED=0; trap FAILED=1 ERR; while read -r file; do FAILED=0; . "$file" </dev/null; echo "<<<$FAILED>>>"; done',
      this.cwd,
    );
  }

  /** What the block prints, from its last server on. */
  async run({ text }: Fence): Promise<string> {
    let lines: string[] = [];
    for (const raw of text.split('\n')) {
      const line = /^npm /.test(raw) ? raw.replace(/\s+#.*$/, '').replace(BEFORE_THIS, '') : raw;
      const [, ready] = SERVERS.find(([pattern]) => pattern.test(line)) ?? [];
      if (!ready) {
        lines.push(line);
        continue;
      }
      await this.inShell(lines.join('\n'));
      lines = [];
      this.url = await this.serve(line, ready);
    }
    return this.inShell(lines.join('\n'));
  }

  private async serve(line: string, ready: RegExp): Promise<string> {
    const known = this.urls.get(line);
    if (known !== undefined) return known;
    const { child, said } = start(line, this.cwd);
    const url = await until(() => ready.exec(said())?.[1], child, said);
    this.urls.set(line, url);
    return url;
  }

  private async inShell(written: string): Promise<string> {
    if (written.trim() === '') return '';
    if (written.includes(HERE)) this.url ??= await this.serve('npm start', /serves .* at (http:[^\s"]+)/);
    const script = written.replaceAll(HERE, this.url ?? HERE);
    const { child, said } = this.shell;
    const file = join(this.cwd, `.block-${this.seen}`);
    writeFileSync(file, `${script}\n`);
    const from = said().length;
    child.stdin?.write(`${file}\n`);
    const failed = await until(() => /<<<(\d)>>>/.exec(said().slice(from))?.[1], child, said);
    this.seen += 1;
    const out = said()
      .slice(from)
      .replace(/<<<\d>>>\s*$/, '');
    if (failed !== '0') throw new Error(`${script}\nfailed:\n${out}`);
    return out;
  }
}

describe('every shell line in the documentation', () => {
  it('is run, or says why it is not', () => {
    expect(RUN.length).toBeGreaterThanOrEqual(6);
    const apart = SHELL.filter((fence) => !RUN.includes(fence));
    if (apart.length > 0)
      console.log(`Not run:\n${apart.map((fence) => `${nameOf(fence)}: ${reasonNotToRun(fence) ?? ''}`).join('\n')}`);
    expect(RUN.filter(({ info }) => !/^(errors=[\w,]+)?$/.test(info)).map(nameOf)).toEqual([]);
  });

  it.each([...new Set(RUN.map(({ page }) => page))])(
    '%s, from top to bottom',
    async (page) => {
      const reader = new Reader(page);
      for (const fence of RUN.filter((one) => one.page === page)) {
        const out = await reader.run(fence);
        if (!/^curl .*graphql/m.test(fence.text)) continue;
        const { data, errors = [] } = JSON.parse(out) as { data: unknown; errors?: { extensions: { code: string } }[] };
        expect([nameOf(fence), ...errors.map(({ extensions }) => extensions.code)]).toEqual([
          nameOf(fence),
          ...codesOf(fence),
        ]);
        expect(JSON.stringify(data)).not.toMatch(/":null/);
      }
    },
    120_000,
  );
});

it('every block in TypeScript and JavaScript can be read', () => {
  const blocks = FENCES.filter(({ language }) => ['ts', 'js'].includes(language));
  expect(blocks.length).toBeGreaterThanOrEqual(4);
  for (const fence of blocks) {
    const { diagnostics } = typescript.transpileModule(fence.text, { reportDiagnostics: true });
    expect([nameOf(fence), diagnostics?.map(({ messageText }) => messageText)]).toEqual([nameOf(fence), []]);
  }
});
