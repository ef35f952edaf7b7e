import { type PageData } from '../../../src/app/explorer/browser/page-data.js';
import { type Running, serve } from '../../../src/app/serve.js';

/** The sandbox, quietly, with its files in a folder. */
export function openSandbox(
  folder: string,
  more: Record<string, string> = {},
  print: (text: string) => void = () => undefined,
): Promise<Running> {
  return serve(
    {
      PORT: '0',
      METRICS_PORT: '0',
      LOG_LEVEL: 'silent',
      AUDIT_LOG: `${folder}/audit.log`,
      SANDBOX: 'true',
      DATABASE_URL: `file:${folder}/sandbox.db`,
      ...more,
    },
    print,
  );
}

/** What a browser gets. */
export async function page(url: string) {
  const response = await fetch(url, { headers: { accept: 'text/html' } });
  const html = await response.text();
  const json = /<script type="application\/json" id="data">(.*?)<\/script>/.exec(html)?.[1] ?? '{}';
  return { response, html, data: JSON.parse(json) as PageData };
}

export interface Asked {
  data?: Record<string, unknown> | null;
  errors?: { extensions: { code: string } }[];
}

export async function ask(url: string, query: string, token?: string, variables?: unknown): Promise<Asked> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Asked;
}
