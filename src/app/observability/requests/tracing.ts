import { type IncomingHttpHeaders } from 'node:http';
import { type Link, type SpanContext } from '@opentelemetry/api';
import type * as Sdk from '@opentelemetry/sdk-trace';
import { type OperationDefinitionNode } from 'graphql';
import { type Logger } from 'pino';
import { type Config } from '../../../config/config.js';
import { type TracingConfig } from '../../../config/tracing-settings.js';
import { type VendorCall } from '../../../datasources/transport/vendor-call.js';
import { operationNameOf } from '../metrics/operation-name.js';
import { outcomeOf } from '../metrics/outcome.js';
import { type TraceParent } from './request-id.js';

/** What a request's spans are made of. */
export interface TracedRequest {
  id: string;
  request: { method: string; headers: IncomingHttpHeaders };
  startedAt: number;
  operation: OperationDefinitionNode | undefined;
  codes: Readonly<Record<string, number>> | undefined;
  calls: readonly VendorCall[];
}

export interface Tracing {
  /** Makes the spans of a request that is answered. Gives its trace id where it is traced. */
  record(request: TracedRequest, parent: TraceParent | undefined, status: number, endedAt: number): string | undefined;
  /** Sends what waits. */
  close(): Promise<void>;
}

/**
 * Traces by OpenTelemetry. A request's spans are made when it is over, from what was heard of it: nothing runs inside a
 * span, so that a request costs the same until then whether it is traced or not, and no context has to be carried along.
 *
 *   query Wallet                            what the client or the router waited for
 *   └─ campus alibaba.campus.bs.voucher.get a batch: from its first wait for a turn to its last decoded reply
 *      └─ POST                              the HTTP request that carried it
 *
 * A batch that several requests share has its HTTP request in the trace of one of them; the others' link to it. No span
 * holds a document, a variable, a URL or a message. Vendors are told nothing of it. Undefined where nobody asked for it.
 */
export async function openTracing(
  { tracing: config, subgraph, vendors }: Config,
  version: string,
  logger: Logger,
): Promise<Tracing | undefined> {
  if (!config) return undefined;
  // Only where it is asked for: what is not loaded costs neither time at the start nor memory.
  const [api, sdk, { resourceFromAttributes }, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ]);
  const { SpanKind, SpanStatusCode, ROOT_CONTEXT, trace, createTraceState } = api;
  const exporter = new OTLPTraceExporter({ url: config.url, headers: config.headers });
  let failing = false;
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({
      'service.version': version,
      'kaquan.subgraph': subgraph,
      ...config.resource,
    }),
    sampler: samplerOf(config, sdk),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: {
          export: (spans, done) =>
            exporter.export(spans, (result) => {
              // No words of the exporter's: they may quote its headers.
              if (result.error && !failing) logger.warn('traces cannot be sent to OTEL_EXPORTER_OTLP_ENDPOINT');
              failing = result.error !== undefined;
              done(result);
            }),
          shutdown: () => exporter.shutdown(),
        },
        scheduledDelayMillis: config.sendAfterMs,
        maxQueueSize: config.maxWaiting,
      }),
    ],
  });
  const tracer = provider.getTracer('kaquan', version);
  const servers = new Map([...vendors].map(([name, { baseUrl }]) => [name, serverOf(baseUrl)]));
  /** The HTTP requests that are in somebody's trace already. */
  const traced = new WeakMap<VendorCall, SpanContext>();

  return {
    record: (request, parent, status, endedAt) => {
      const epoch = Date.now() - performance.now();
      const at = (time: number) => epoch + time;
      const { operation, codes } = request;
      const { method, headers } = request.request;
      const outside = parent && {
        traceId: parent.traceId,
        spanId: parent.spanId,
        traceFlags: parent.flags,
        isRemote: true,
        ...(typeof headers.tracestate === 'string' && { traceState: createTraceState(headers.tracestate) }),
      };
      const name = operation && operationNameOf(operation);
      const span = tracer.startSpan(
        operation ? `${operation.operation} ${name}` : 'GraphQL request',
        { kind: SpanKind.SERVER, startTime: at(request.startedAt) },
        outside ? trace.setSpanContext(ROOT_CONTEXT, outside) : ROOT_CONTEXT,
      );
      const { traceId } = span.spanContext();
      if (!span.isRecording()) return traceId;
      span.setAttributes({
        'http.request.method': method,
        'http.route': '/graphql',
        'http.response.status_code': status,
        'graphql.operation.type': operation?.operation,
        'graphql.operation.name': name,
        'kaquan.request.id': request.id,
      });
      const [code] = Object.keys(codes ?? {});
      const outcome = outcomeOf(codes);
      if (code !== undefined) span.setAttribute('error.type', code);
      if (status >= 500 || outcome === 'vendor' || outcome === 'internal')
        span.setStatus({ code: SpanStatusCode.ERROR });
      const inside = trace.setSpan(ROOT_CONTEXT, span);
      for (const call of request.calls) recordCall(call, inside, at);
      span.end(at(endedAt));
      return traceId;
    },
    close: () => provider.shutdown(),
  };

  function recordCall(call: VendorCall, inside: typeof ROOT_CONTEXT, at: (time: number) => number): void {
    const elsewhere = traced.get(call);
    const links: Link[] = elsewhere ? [{ context: elsewhere }] : [];
    const batch = tracer.startSpan(
      `${call.vendor} ${call.api}`,
      {
        kind: SpanKind.INTERNAL,
        startTime: at(call.askedAt),
        links,
        attributes: {
          'kaquan.vendor': call.vendor,
          'kaquan.vendor.api': call.api,
          'kaquan.batch.size': call.size,
          'kaquan.outcome': call.outcome,
        },
      },
      inside,
    );
    if (!elsewhere) {
      const http = tracer.startSpan(
        call.method,
        {
          kind: SpanKind.CLIENT,
          startTime: at(call.sentAt),
          attributes: {
            'http.request.method': call.method,
            'http.response.status_code': call.status,
            'peer.service': call.vendor,
            ...servers.get(call.vendor),
          },
        },
        trace.setSpan(ROOT_CONTEXT, batch),
      );
      if (call.outcome !== 'ok')
        http.setAttribute('error.type', call.outcome).setStatus({ code: SpanStatusCode.ERROR });
      http.end(at(call.endedAt));
      traced.set(call, http.spanContext());
    }
    batch.end(at(call.endedAt));
  }
}

function serverOf(url: string): Record<string, string | number> {
  const { hostname, port, protocol } = new URL(url);
  return { 'server.address': hostname, 'server.port': Number(port) || (protocol === 'https:' ? 443 : 80) };
}

function samplerOf({ sampler, ratio }: TracingConfig, sdk: typeof Sdk) {
  const roots = {
    always_on: () => new sdk.AlwaysOnSampler(),
    always_off: () => new sdk.AlwaysOffSampler(),
    traceidratio: () => new sdk.TraceIdRatioBasedSampler(ratio),
  };
  const root = roots[sampler.replace('parentbased_', '') as keyof typeof roots]();
  return sampler.startsWith('parentbased_') ? new sdk.ParentBasedSampler({ root }) : root;
}
