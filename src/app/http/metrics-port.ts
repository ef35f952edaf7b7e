import fastify from 'fastify';
import { type Config } from '../../config/config.js';
import { type SharedState } from '../../datasources/transport/shared-limits.js';
import { type VendorState } from '../../datasources/transport/telemetry.js';
import { listen } from './listen.js';
import { type Metrics } from '../observability/metrics/metrics.js';
import { type Readiness } from './readiness.js';

interface MetricsPortParts {
  metrics: Metrics;
  readiness: Readiness;
  /** Undefined without Redis. */
  limits: (() => SharedState) | undefined;
}

/**
 * On a port of its own, so that whoever may reach the graph does not also read the metrics; nor which vendor is down and
 * until when, which `/readyz?verbose` tells here and only here. Undefined where the port is taken and nobody asked for it: a
 * second server on one machine should start without a setting.
 */
export async function serveMetrics(
  config: Config,
  { metrics, readiness, limits }: MetricsPortParts,
  closers: (() => Promise<unknown>)[],
): Promise<string | undefined> {
  const app = fastify({ logger: false });
  closers.push(() => app.close());
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  app.get<{ Querystring: { verbose?: string } }>('/readyz', async ({ query }, reply) => {
    const { code, status } = await readiness.check();
    const details = { vendors: metrics.vendorStates().map(readable), limits: limits?.() };
    return reply.code(code).send({ status, ...(query.verbose !== undefined && details) });
  });
  try {
    return `${await listen(app, 'METRICS_PORT', config.host, config.metricsPort)}/metrics`;
  } catch (error) {
    if (config.metricsPortGiven) throw error;
    return undefined;
  }
}

const readable = ({ apis, ...vendor }: VendorState) => ({
  ...vendor,
  apis: apis.map(({ heldMs, oldestWaitMs, ...api }) => ({
    ...api,
    oldestWaitMs: Math.round(oldestWaitMs),
    heldUntil: heldMs > 0 ? new Date(Date.now() + heldMs).toISOString() : null,
  })),
});
