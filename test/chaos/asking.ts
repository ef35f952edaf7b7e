import { Pool } from 'undici';
import { SignJWT } from 'jose';
import { ERROR_CODES } from '../../src/graph/errors.js';
import { SCOPES } from '../../src/modules/index.js';
import { follows } from './expected.js';
import { type ServerProcess } from './processes.js';
import { STANDSTILL, type Troubles, type Violations } from './troubles.js';

type Path = readonly (string | number)[];

export interface Told {
  data: Record<string, unknown>;
  /** The error at a path or above it, as `campus VENDOR_TIMEOUT` or a bare code. */
  codes: string[];
  /** What was wrong meanwhile. */
  troubles: string[];
  from: number;
}

interface RawError {
  message?: unknown;
  path?: Path;
  extensions?: { code?: string; vendor?: string; retryable?: boolean };
}

/** Asks servers, and checks of every answer what must be true of each. */
export class Asking {
  readonly counts: Record<string, number> = {};
  private readonly pools = new Map<ServerProcess, Pool>();
  private readonly tokens = new Map<string, Promise<string>>();

  constructor(
    private readonly secret: string,
    private readonly withinMs: number,
    private readonly troubles: Troubles,
    private readonly violations: Violations,
  ) {}

  /** Undefined where the server died meanwhile. `expected` are codes that this question is to be answered with. */
  async ask(
    server: ServerProcess,
    query: string,
    variables: Record<string, unknown>,
    { subject, expected = [] }: { subject?: string; expected?: readonly string[] } = {},
  ): Promise<Told | undefined> {
    const [what] = /\w+/.exec(query.replace(/^(query|mutation)[^{]*/, '')) ?? ['?'];
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${await this.token(subject)}` };
    const from = Date.now();
    const began = performance.now();
    const body = JSON.stringify({ query, variables });
    let status: number, text: string;
    try {
      const pool = this.poolOf(server);
      // Longer than any answer may take: what comes after that is a finding as well.
      const options = {
        path: '/graphql',
        method: 'POST' as const,
        headers,
        body,
        headersTimeout: 60_000,
        bodyTimeout: 60_000,
      };
      const answer = await pool.request(options);
      status = answer.statusCode;
      text = await answer.body.text();
    } catch (error) {
      this.count('no connection');
      if (!this.troubles.between(from, Date.now()).includes(`server ${server.url}`))
        this.violations.add('no answer though the server lives', `${what}: ${String(error)}`);
      return undefined;
    }
    const troubles = this.troubles.between(from, Date.now());
    const tookMs = performance.now() - began;
    if (tookMs > this.withinMs && !troubles.includes(STANDSTILL))
      this.violations.add('too late', `${what} took ${Math.round(tookMs)} ms, ${troubles.join()}`);
    return this.read(what, status, text, { troubles, expected, from });
  }

  troublesBetween(from: number, to: number): string[] {
    return this.troubles.between(from, to);
  }

  close(): Promise<unknown> {
    const pools = [...this.pools.values()];
    this.pools.clear();
    return Promise.all(pools.map((pool) => pool.destroy()));
  }

  private read(
    what: string,
    status: number,
    text: string,
    { troubles, expected, from }: { troubles: string[]; expected: readonly string[]; from: number },
  ): Told | undefined {
    this.count(what);
    const wrong = (kind: string) => {
      this.violations.add(kind, `${what}: ${status} ${text.slice(0, 300)} ${troubles.join()}`);
    };
    let answer: { data?: Record<string, unknown> | null; errors?: RawError[] };
    try {
      answer = JSON.parse(text) as typeof answer;
    } catch {
      wrong('no JSON');
      return undefined;
    }
    const { data, errors = [] } = answer;
    const strange = Object.keys(answer).filter((key) => !['data', 'errors', 'extensions'].includes(key));
    if (status !== 200 || strange.length > 0 || (data === undefined && errors.length === 0)) {
      wrong('malformed');
      return undefined;
    }
    const codes: string[] = [];
    for (const { message, path, extensions: { code, ...rest } = {} } of errors) {
      if (typeof message !== 'string' || code === undefined || !ERROR_CODES.includes(code)) {
        wrong('malformed');
        return undefined;
      }
      if (path === undefined || !isNullAt(data, path)) wrong('an error beside what it is about');
      const told = rest.vendor === undefined ? code : `${rest.vendor} ${code}`;
      codes.push(told);
      this.count(told);
      if (!expected.includes(code) && !follows({ code, ...rest }, troubles)) wrong(`unforeseen ${told}`);
    }
    return { data: data ?? {}, codes, troubles, from };
  }

  private token(subject = ''): Promise<string> {
    const known = this.tokens.get(subject);
    if (known) return known;
    // A person's own has no scope.
    const claims = new SignJWT(subject === '' ? { scope: SCOPES.join(' ') } : {}).setExpirationTime('1d');
    const token = (subject === '' ? claims : claims.setSubject(subject))
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(this.secret));
    this.tokens.set(subject, token);
    return token;
  }

  private poolOf(server: ServerProcess): Pool {
    const pool = this.pools.get(server) ?? new Pool(server.url, { connections: 64 });
    this.pools.set(server, pool);
    return pool;
  }

  private count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }
}

/** Whether nothing stands at that place: there, or somewhere on the way. */
function isNullAt(data: unknown, path: Path): boolean {
  let here = data;
  for (const step of path) {
    if (here === null || here === undefined) return true;
    here = (here as Record<string | number, unknown>)[step];
  }
  return here === null;
}
