import { type Config } from '../config/config.js';

/** Runs in the browser; http.ts lets its origin ask. */
const APOLLO_SANDBOX = 'https://studio.apollographql.com/sandbox/explorer';

/** What a person who just started the server wants to know, in a few lines. */
export function banner(
  config: Config,
  url: string,
  metricsUrl: string | undefined,
  sandboxUrls?: Record<string, string>,
): string[] {
  const lines = [
    `Kaquan serves ${config.subgraph === 'all' ? 'the whole graph' : `the subgraph ${config.subgraph}`} at ${url}`,
  ];
  if (config.explorer) lines.push('  Open it in a browser for the explorer, with operations ready to run.');
  if (sandboxUrls) {
    lines.push(`  SANDBOX: invented people; the vendors are local servers: ${list(sandboxUrls)}`);
    lines.push(`  Apollo Sandbox connects, too: ${APOLLO_SANDBOX}?endpoint=${encodeURIComponent(url)}`);
    lines.push('  To leave it, configure a vendor: see .env.example.');
  } else {
    const on = [...config.vendors.keys()];
    lines.push(`  Vendors: ${on.length > 0 ? on.join(', ') : 'none configured; their fields answer VENDOR_DISABLED'}`);
  }
  lines.push(
    config.auth
      ? '  Access: by token and scope.'
      : '  Access: OPEN, everyone has every scope. Set AUTH_SECRET or AUTH_JWKS_URL to close it.',
  );
  lines.push(`  People: ${config.databaseUrl.startsWith('file:') ? config.databaseUrl : 'PostgreSQL'}`);
  if (metricsUrl !== undefined) lines.push(`  Metrics: ${metricsUrl}`);
  else if (config.metricsPort > 0)
    lines.push(`  Metrics: none, port ${config.metricsPort} is taken. Set METRICS_PORT.`);
  return lines;
}

const list = (urls: Record<string, string>) =>
  Object.entries(urls)
    .map(([name, url]) => `${name} ${url}`)
    .join(', ');
