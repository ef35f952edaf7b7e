import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import { COMPILED_SERVER } from '../compile-server.js';
import { ENGINES } from '../engines.js';
import { startGraph } from '../graph/harness.js';

const TRUSTED_AT_ONCE = '2088000000000006';
const DRAIN_MS = 1_000;
const HEALTH_EVERY_MS = 150;

const NEXT_RELEASE = join(dirname(COMPILED_SERVER), '..', `kaquan-next-${process.pid}`);
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(NEXT_RELEASE, { recursive: true, force: true });
});

/** There is no earlier release: the next one is this code with one migration more, made where the old one serves. */
function compileNextRelease(): string {
  cpSync(dirname(COMPILED_SERVER), NEXT_RELEASE, { recursive: true });
  const known = '...IDENTITY_CHECK_MIGRATIONS';
  const chunks = readdirSync(join(NEXT_RELEASE, 'chunks')).map((name) => join(NEXT_RELEASE, 'chunks', name));
  const storage = chunks.find((file) => file.endsWith('.js') && readFileSync(file, 'utf8').includes(known)) ?? '';
  const code = readFileSync(storage, 'utf8');
  if (code.split(known).length !== 2) throw new Error('storage.ts lists its migrations otherwise');
  const migration = `'9999-next': () => ({ up: (db) => db.schema.alterTable('people').addColumn('next', 'text').execute() })`;
  writeFileSync(storage, code.replace(known, `${known}, ${migration}`));
  return join(NEXT_RELEASE, 'server.js');
}

interface Backend {
  port: number;
  child: ChildProcess;
}

async function start(program: string, settings: Record<string, string | undefined>): Promise<Backend> {
  const child = spawn(process.execPath, ['--no-warnings', program], {
    env: { ...settings, SHUTDOWN_DRAIN_MS: String(DRAIN_MS), LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  while (!/http[^"\s]+graphql/.test(output)) {
    if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${output}`);
    await wait(20);
  }
  return { child, port: Number(new URL(/http[^"\s]+graphql/.exec(output)?.[0] ?? '').port) };
}

/** Round robin over those that say they are ready; nothing is tried twice. */
class Proxy {
  readonly backends = new Set<Backend>();
  private readonly ready = new Set<Backend>();
  private readonly agent = new Agent({ keepAlive: true });
  private turn = 0;
  private readonly timer = setInterval(() => this.look(), HEALTH_EVERY_MS);
  private readonly server: Server = createServer((asked, answer) => {
    const ready = [...this.ready];
    const backend = ready[(this.turn += 1) % ready.length];
    if (!backend) return void answer.writeHead(502).end('{}');
    const onward = request({
      agent: this.agent,
      port: backend.port,
      host: '127.0.0.1',
      path: asked.url,
      method: asked.method,
      headers: { ...asked.headers, host: 'localhost' },
    });
    onward.on('response', (got) => {
      answer.writeHead(got.statusCode ?? 502, { 'content-type': 'application/json' });
      got.pipe(answer);
    });
    onward.on('error', () => answer.writeHead(502).end('{}'));
    asked.pipe(onward);
  });

  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/graphql`;
  }

  async allReady(): Promise<void> {
    while (this.ready.size < this.backends.size) await wait(20);
  }

  close(): void {
    clearInterval(this.timer);
    this.agent.destroy();
    this.server.close();
    this.server.closeAllConnections();
  }

  private look(): void {
    for (const backend of this.backends) {
      fetch(`http://127.0.0.1:${backend.port}/readyz`).then(
        ({ ok }) => (ok && this.backends.has(backend) ? this.ready.add(backend) : this.ready.delete(backend)),
        () => this.ready.delete(backend),
      );
    }
  }
}

describe.each(ENGINES)('three processes on $name', (engine) => {
  it('are replaced by the next release one by one under load, and nobody notices', async () => {
    const { url: databaseUrl, drop } = await engine.open();
    const graph = await startGraph({ DATABASE_URL: databaseUrl, DATA_KEY: randomBytes(32).toString('base64') });
    const proxy = new Proxy();
    try {
      const [owner] = await graph.register({ name: '主', mobile: '13900000000', alipayUserId: TRUSTED_AT_ONCE });
      const authorization = `Bearer ${await graph.token({})}`;
      const url = await proxy.listen();
      const failures: string[] = [];
      const ask = async (query: string, variables: Record<string, unknown>) => {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization },
          body: JSON.stringify({ query, variables }),
        });
        const text = await response.text();
        if (response.status !== 200 || text.includes('"errors"')) failures.push(`${response.status} ${text}`);
        return (JSON.parse(text) as { data?: Record<string, { id: string; status: string } | null> }).data;
      };
      const old = await Promise.all([1, 2, 3].map(() => start(COMPILED_SERVER, graph.settings)));
      for (const one of old) proxy.backends.add(one);
      await proxy.allReady();

      const acknowledged: string[] = [];
      const verdicts: string[] = [];
      const keys: string[] = [];
      let over = false;
      const clients = Array.from({ length: 6 }, async (_, client) => {
        for (let number = 0; !over; number += 1) {
          const input = { name: '滚', mobile: `13${client}${String(10_000_000 + number)}` };
          const done = await ask('mutation ($input: PersonInput!) { registerPerson(input: $input) { id } }', { input });
          if (done?.['registerPerson']) acknowledged.push(done['registerPerson'].id);
          await ask('query ($id: ID!) { person(id: $id) { id name } }', { id: owner });
          const connKey = randomUUID();
          keys.push(connKey);
          const checked = await ask(
            'mutation ($input: CheckIdentityInput!) { checkIdentity(input: $input) { id status } }',
            { input: { connKey, onceToken: randomUUID(), identityType: '04', personId: owner } },
          );
          const { id } = checked?.['checkIdentity'] ?? {};
          const settle = () => ask('mutation ($id: ID!) { settleIdentityCheck(id: $id) { id status } }', { id });
          for (const again of await Promise.all([settle(), settle()]))
            verdicts.push(again?.['settleIdentityCheck']?.status ?? 'none');
          await wait(20);
        }
      });
      try {
        const next = compileNextRelease();
        for (const one of old) {
          proxy.backends.add(await start(next, graph.settings));
          await proxy.allReady();
          const ended = once(one.child, 'exit');
          one.child.kill('SIGTERM');
          expect(await ended).toEqual([0, null]);
          proxy.backends.delete(one);
        }
        await wait(300);
      } finally {
        over = true;
        await Promise.all(clients);
      }

      expect(failures).toEqual([]);
      expect(acknowledged.length).toBeGreaterThan(20);
      for (let at = 0; at < acknowledged.length; at += 100) {
        const ids = acknowledged.slice(at, at + 100);
        const { data } = await graph.ask('query ($ids: [ID!]!) { people(ids: $ids) { id } }', { ids });
        expect(data?.['people']).toEqual(ids.map((id) => ({ id })));
      }
      expect(new Set(verdicts)).toEqual(new Set(['TRUSTED']));
      const told = graph.zhima.requests.map((one) => JSON.stringify(one));
      expect(keys.length).toBeGreaterThan(20);
      expect(keys.filter((key) => told.filter((one) => one.includes(key)).length !== 1)).toEqual([]);
    } finally {
      proxy.close();
      for (const child of children.splice(0)) child.kill('SIGKILL');
      await graph.close();
      await drop();
    }
  }, 90_000);
});
