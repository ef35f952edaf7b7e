import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';

interface OtlpValue {
  stringValue?: string;
  intValue?: number | string;
}

interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: OtlpValue }[];
  links?: { spanId: string }[];
}

export interface Span extends Omit<OtlpSpan, 'attributes'> {
  attributes: Record<string, string | number | undefined>;
  /** The subgraph that made it. */
  subgraph: string | number | undefined;
}

export const KINDS = { internal: 1, server: 2, client: 3 };

const valuesOf = (attributes: OtlpSpan['attributes']) =>
  Object.fromEntries(
    attributes.map(({ key, value: { stringValue, intValue } }) => [key, stringValue ?? Number(intValue)]),
  );

/** A stand-in for OpenTelemetry's collector: takes OTLP as JSON over HTTP. */
export async function startCollector() {
  const spans: Span[] = [];
  const bodies: string[] = [];
  const headers: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      bodies.push(body);
      headers.push(request.headers['x-collector-key'] as string | undefined);
      const { resourceSpans } = JSON.parse(body) as {
        resourceSpans: { resource: Pick<OtlpSpan, 'attributes'>; scopeSpans: { spans: OtlpSpan[] }[] }[];
      };
      for (const { resource, scopeSpans } of resourceSpans) {
        const subgraph = valuesOf(resource.attributes)['kaquan.subgraph'];
        for (const span of scopeSpans.flatMap((scope) => scope.spans))
          spans.push({ ...span, attributes: valuesOf(span.attributes), subgraph });
      }
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    headers,
    /** The spans of a trace, once there are so many of them. */
    trace: async (traceId: string, count: number): Promise<Span[]> => {
      for (let waited = 0; waited < 10_000; waited += 50) {
        const found = spans.filter((span) => span.traceId === traceId);
        if (found.length >= count) return found;
        await new Promise((next) => setTimeout(next, 50));
      }
      throw new Error(`${spans.filter((span) => span.traceId === traceId).length} spans of ${count} came`);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** The tree as text: a line for each span, below its parent, in the order of names. */
export function treeOf(spans: readonly Span[], parent: string, depth = 0): string[] {
  return spans
    .filter(({ parentSpanId = '' }) => parentSpanId === parent)
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((span) => [`${'  '.repeat(depth)}${span.name}`, ...treeOf(spans, span.spanId, depth + 1)]);
}
