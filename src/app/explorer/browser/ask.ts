import {
  buildClientSchema,
  getIntrospectionQuery,
  type GraphQLSchema,
  type IntrospectionQuery,
  Kind,
  type OperationDefinitionNode,
  parse,
} from 'graphql';

export interface Answered {
  /** As it is to be read. */
  text: string;
  /** Status, time and size. */
  outcome: string;
}

interface Question {
  query: string;
  variables?: unknown;
  operationName?: string | undefined;
}

/** Asks the graph, which is where the page is. */
async function ask(question: Question, headers: Record<string, string>, signal?: AbortSignal): Promise<Response> {
  return fetch(location.pathname, {
    method: 'POST',
    headers: {
      accept: 'application/graphql-response+json, application/json',
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify(question),
    ...(signal && { signal }),
  });
}

export async function askFor(
  question: Question,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Answered> {
  const startedAt = performance.now();
  const response = await ask(question, headers, signal);
  const body = await response.text();
  const ms = Math.round(performance.now() - startedAt);
  const bytes = new Blob([body]).size;
  return {
    text: pretty(body),
    outcome: `${response.status} · ${ms} ms · ${bytes < 10_000 ? `${bytes} bytes` : `${Math.round(bytes / 1000)} kB`}`,
  };
}

/** Undefined where the graph does not tell its schema. */
export async function askForSchema(headers: Record<string, string>): Promise<GraphQLSchema | undefined> {
  const response = await ask({ query: getIntrospectionQuery({ inputValueDeprecation: true }) }, headers);
  const { data } = (await response.json()) as { data?: IntrospectionQuery | null };
  return data?.__schema ? buildClientSchema(data) : undefined;
}

/** Where a text holds several operations: the one in which the cursor is, or the first. */
export function operationNameAt(query: string, position: number): string | undefined {
  let operations: OperationDefinitionNode[];
  try {
    operations = parse(query).definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  } catch {
    // What is wrong with it, the server says.
    return undefined;
  }
  if (operations.length < 2) return undefined;
  const chosen = operations.find(({ loc }) => loc && loc.start <= position && position <= loc.end) ?? operations[0];
  return chosen?.name?.value;
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
