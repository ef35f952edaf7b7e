import { join } from 'node:path';
import { serve } from '../../src/app/serve.js';

export interface Answer {
  data?: Record<string, unknown> | null;
  errors?: { path?: (string | number)[]; extensions: Record<string, unknown> & { code: string } }[];
}

export interface Sandbox {
  url: string;
  /** Variables that are left out are those that the pages speak of: a person's `id` and `personId`, their check's `checkId`. */
  ask: (query: string, variables?: Record<string, unknown>) => Promise<Answer>;
  close: () => Promise<void>;
}

/** The sandbox as a newcomer starts it, on a database of its own. */
export async function startSandboxServer(folder: string): Promise<Sandbox> {
  const { url, close } = await serve(
    {
      PORT: '0',
      METRICS_PORT: '0',
      LOG_LEVEL: 'silent',
      AUDIT_LOG: join(folder, 'audit.log'),
      SANDBOX: 'true',
      DATABASE_URL: `file:${join(folder, 'docs.db')}`,
    },
    () => undefined,
  );
  const known: Record<string, unknown> = {};
  const ask: Sandbox['ask'] = async (query, variables = known) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer;
  };
  const { data } = await ask('{ personBy(mobile: "18209099090") { id } }');
  known['id'] = known['personId'] = (data?.['personBy'] as { id: string }).id;
  const start =
    'mutation ($id: ID!) { startIdentityCheck(input: { personId: $id, identityType: "04" }) { check { id } } }';
  const started = await ask(start);
  known['checkId'] = (started.data?.['startIdentityCheck'] as { check: { id: string } }).check.id;
  return { url, ask, close };
}
