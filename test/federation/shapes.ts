import { type Federation, startFederation } from '../../scripts/federation.js';
import { COMPILED_SERVER } from '../compile-server.js';
import { INVENTED_PEOPLE } from '../../src/sandbox/index.js';
import { type Answer, type AskOptions, startGraph, type TestGraph, toldToCampus } from '../graph/harness.js';

export const ROUTER_SECRET = 'only the router knows this';

/** The ways in which the same people and vendors are served. */
export const SHAPES = ['single', 'router'] as const;
export type Shape = (typeof SHAPES)[number];

/** What a client of one shape reads, and what the vendors were asked for it. */
export interface Seen {
  status: number;
  data: unknown;
  errors: { path: string; extensions: Record<string, unknown> }[];
  vendorRequests: Record<string, number>;
  /** What campus was told of people, in no order. */
  toldToCampus: unknown[];
}

export interface Question {
  query: string;
  variables?: Record<string, unknown>;
  /** Whose token. Default: every scope. `anonymous`: none. */
  as?: AskOptions | 'anonymous';
}

/** Identity checks that were started and not settled, a pair for each shape: settling one changes it. */
export interface OwnChecks {
  trusted: string;
  waiting: string;
}

export interface Shapes {
  single: TestGraph;
  federation: Federation;
  /** The ids of the sandbox's people, in its order. */
  ids: string[];
  checks: Readonly<Record<Shape, OwnChecks>>;
  ask(shape: Shape, question: Question): Promise<Seen>;
  close(): Promise<void>;
}

/** One server process for each subgraph behind a router, beside the whole graph, over the same vendors and database. */
export async function startShapes(): Promise<Shapes> {
  const single = await startGraph({
    ROUTER_SECRET,
    ZVCMS_MAX_PER_SECOND: '0',
    CAMPUS_TIMEOUT_MS: '1000',
    ZVCMS_TIMEOUT_MS: '1000',
    ZHIMA_TIMEOUT_MS: '1000',
  });
  try {
    const ids = await single.register(...INVENTED_PEOPLE.map((person) => ({ ...person })));
    const federation = await startFederation({ settings: single.settings, port: 0, program: [COMPILED_SERVER] });
    return {
      single,
      federation,
      ids,
      checks: { single: await startChecks(single, ids), router: await startChecks(single, ids) },
      ask: (shape, question) => see(single, shape === 'single' ? single.url : federation.url, question),
      close: async () => {
        await federation.close();
        await single.close();
      },
    };
  } catch (error) {
    await single.close();
    throw error;
  }
}

async function startChecks(graph: TestGraph, ids: readonly string[]): Promise<OwnChecks> {
  const start = async (personId: string | undefined) => {
    const { data } = await graph.ask(
      'mutation ($input: StartIdentityCheckInput!) { startIdentityCheck(input: $input) { check { id } } }',
      { input: { personId, identityType: '04' } },
    );
    return (data?.['startIdentityCheck'] as { check: { id: string } }).check.id;
  };
  return { trusted: await start(ids[4]), waiting: await start(ids[2]) };
}

async function see(graph: TestGraph, url: string, { query, variables, as = {} }: Question): Promise<Seen> {
  const vendors = Object.entries(graph.vendors);
  for (const [, vendor] of vendors) vendor.forget();
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      // With the older media type a router may say 200 to everything.
      accept: 'application/graphql-response+json',
      ...(as !== 'anonymous' && { authorization: `Bearer ${await graph.token(as)}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors = [] } = (await response.json()) as Partial<Answer>;
  return {
    status: response.status,
    data: comparable(data),
    errors: errors
      .map(({ path = [], extensions }) => ({
        path: path.join('.'),
        extensions: { ...extensions, ...('vendorRequestId' in extensions && { vendorRequestId: 'some id' }) },
      }))
      // Which of two vendors fails first is chance.
      .sort((one, other) => (one.path < other.path ? -1 : 1)),
    vendorRequests: Object.fromEntries(vendors.map(([name, { requests }]) => [name, requests.length])),
    toldToCampus: toldToCampus(graph)
      // A newcomer's number is of each shape its own.
      .map((param) => JSON.stringify(param).replace(/13[67](0000000\d)/, '13…$1'))
      .sort(),
  };
}

/** What is new in every answer, by how it looks. */
const EVER_NEW: [RegExp, string][] = [
  [/^D[0-9a-f]{20,}$/, 'a dynamic code'],
  [/^data:image\/(svg\+xml|png);base64,.+$/, 'a $1 picture'],
  [/^(https:.*\/)D?[0-9a-f]{20,}(\.\w+)$/, '$1…$2'],
];

/** An answer without what is new in every one, so that two of them can be compared. */
function comparable(value: unknown): unknown {
  if (typeof value === 'string') {
    // Vendors' own times are years away from this minute.
    if (/^\d{4}-.*Z$/.test(value) && Math.abs(Date.parse(value) - Date.now()) < 3 * 86_400_000)
      return 'a time of today';
    const [pattern, instead] = EVER_NEW.find(([one]) => one.test(value)) ?? [];
    return pattern && instead ? value.replace(pattern, instead) : value;
  }
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, comparable(member)]));
}
