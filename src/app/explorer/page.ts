import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import type * as GraphiQL from '@graphql-yoga/render-graphiql';

export interface ReadyOperation {
  query: string;
  variables?: Record<string, unknown>;
}

export interface ExplorerPage {
  html: string;
  headers: Record<string, string>;
}

/**
 * One self-contained page: nothing in it is loaded from elsewhere, so it works without internet. It is megabytes long, so
 * it is loaded and made when a browser first asks for it, and a start waits for none of that.
 */
export function explorerPage(title: string, operations: ReadyOperation[]): ExplorerPage {
  let page: ExplorerPage | undefined;
  const rendered = () => (page ??= renderExplorer(title, operations));
  return {
    get html() {
      return rendered().html;
    },
    get headers() {
      return rendered().headers;
    },
  };
}

const require = createRequire(import.meta.url);

function renderExplorer(title: string, operations: ReadyOperation[]): ExplorerPage {
  const { renderGraphiQL } = require('@graphql-yoga/render-graphiql') as typeof GraphiQL;
  const html = renderGraphiQL({
    title,
    defaultTabs: operations.map(({ query, variables }) => ({
      query,
      ...(variables && { variables: JSON.stringify(variables, null, 2) }),
    })),
    ...(operations[0] && { defaultQuery: operations[0].query }),
    shouldPersistHeaders: false,
  });
  return { html, headers: pageHeaders(html) };
}

/** Lets the page run its own script and workers and talk to its own server, and nothing else. */
function pageHeaders(html: string): Record<string, string> {
  const script = html.slice(html.indexOf('<script>') + '<script>'.length, html.indexOf('</script>'));
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${hash}'`,
    'worker-src blob:',
    // The editor makes its styles while it runs.
    "style-src 'unsafe-inline'",
    'img-src data:',
    'font-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy.join('; ') };
}
