import { type Config } from '../config/config.js';
import { VENDORS } from '../modules/index.js';

/** What is served, and where. */
export const headline = ({ subgraph }: Pick<Config, 'subgraph'>, url: string): string =>
  `Kaquan serves ${subgraph === 'all' ? 'the whole graph' : `the subgraph ${subgraph}`} at ${url}`;

/** The vendors that what is served asks. */
const vendorsOf = ({ subgraph, vendors }: Config): string[] =>
  [...vendors.keys()].filter((name) => subgraph === 'all' || name === subgraph);

/** Why there are no metrics, where somebody may wonder. */
const metricsMissing = ({ metricsPort }: Config): string | undefined =>
  metricsPort > 0 ? `none, port ${metricsPort} is taken. Set METRICS_PORT.` : undefined;

/** The same as the banner, for machines. */
export function summary(config: Config, url: string, metricsUrl: string | undefined, version: string) {
  return {
    version,
    node: process.version,
    url,
    metrics: metricsUrl ?? metricsMissing(config),
    subgraph: config.subgraph,
    sandbox: config.sandbox,
    vendors: vendorsOf(config),
    access: config.auth ? 'by token' : 'open',
    database: config.databaseUrl.startsWith('file:') ? 'SQLite' : 'PostgreSQL',
    tracing: config.tracing !== undefined,
  };
}

/** Runs in the browser; http/app.ts lets its origin ask. */
const APOLLO_SANDBOX = 'https://studio.apollographql.com/sandbox/explorer';

/** What a person who just started the server wants to know, in a few lines. */
export function banner(
  config: Config,
  url: string,
  metricsUrl: string | undefined,
  sandboxUrls?: Record<string, string>,
): string[] {
  const lines = [headline(config, url)];
  if (config.explorer) lines.push('  Open it in a browser for the explorer, with operations ready to run.');
  if (sandboxUrls) {
    lines.push(`  SANDBOX: invented people; the vendors are local servers: ${list(sandboxUrls)}`);
    lines.push(`  Apollo Sandbox connects, too: ${APOLLO_SANDBOX}?endpoint=${encodeURIComponent(url)}`);
    lines.push('  To leave it, configure a vendor: see .env.example.');
  } else {
    const on = vendorsOf(config);
    const asksVendors = config.subgraph === 'all' || VENDORS.some(({ name }) => name === config.subgraph);
    const none = asksVendors ? 'none configured; their fields answer VENDOR_DISABLED' : 'this subgraph asks none';
    lines.push(`  Vendors: ${on.length > 0 ? on.join(', ') : none}`);
  }
  lines.push(
    config.auth
      ? '  Access: by token and scope.'
      : '  Access: OPEN, everyone has every scope. Set AUTH_SECRET or AUTH_JWKS_URL to close it.',
  );
  lines.push(`  People: ${config.databaseUrl.startsWith('file:') ? config.databaseUrl : 'PostgreSQL'}`);
  const metrics = metricsUrl ?? metricsMissing(config);
  if (metrics !== undefined) lines.push(`  Metrics: ${metrics}`);
  return lines;
}

const list = (urls: Record<string, string>) =>
  Object.entries(urls)
    .map(([name, url]) => `${name} ${url}`)
    .join(', ');
