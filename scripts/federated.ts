import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { Explorer } from '../src/app/explorer/explorer.js';
import { readyOperations } from '../src/app/explorer/ready-operations.js';
import { signersFor } from '../src/app/authentication/sandbox-tokens.js';
import { MODULES } from '../src/modules/index.js';
import { INVENTED_PEOPLE } from '../src/sandbox/index.js';
import { startFederation } from './federation.js';
import { curl, print, runUntilStopped } from './run.js';
import { makeSandboxSettings } from './sandbox-settings.js';

const EXAMPLE =
  '{ directory(first: 3) { edges { node { maskedName voucher(activityCode: "1") { qrCode } giftCardBalance { amount } } } } }';

interface Registered {
  id: string;
  name: string;
}

await runUntilStopped(async (onStop) => {
  const sandbox = await makeSandboxSettings();
  onStop(() => sandbox.close());
  const { settings, token } = sandbox;
  const people: Registered[] = [];
  const explorer = new Explorer({
    folder: 'dist/explorer',
    operations: () => readyOperations(buildSchema(readFileSync('schema/graph.graphql', 'utf8')), MODULES),
    signers: () => signersFor(people, settings['AUTH_SECRET'] ?? ''),
    withoutToken: 'Nobody (no token)',
  });
  const federation = await startFederation({ settings, port: Number(process.env['PORT'] ?? 4000), explorer });
  onStop(() => federation.close());
  people.push(...(await register(federation.url, token)));
  print(
    `A Hive gateway serves the supergraph at ${federation.url}`,
    '  Open it in a browser for the explorer, and ask as staff or as one of the people.',
    'Behind it, a process for each subgraph:',
    ...Object.entries(federation.subgraphUrls).map(([name, url]) => `  ${name.padEnd(7)} ${url}`),
    'SANDBOX: invented people; the vendors are local servers. Everything is gone when you press Ctrl-C.',
    '',
    curl(federation.url, token, EXAMPLE),
  );
});

/** The sandbox's people, through the router like everything else. */
async function register(url: string, token: string): Promise<Registered[]> {
  const query = 'mutation ($input: PersonInput!) { registerPerson(input: $input) { id name } }';
  const registered: Registered[] = [];
  for (const input of INVENTED_PEOPLE) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables: { input } }),
    });
    const { data, errors } = (await response.json()) as {
      data?: { registerPerson: Registered };
      errors?: { message: string }[];
    };
    if (!data) throw new Error(`The sandbox's people could not be registered: ${errors?.[0]?.message ?? ''}`);
    registered.push(data.registerPerson);
  }
  return registered;
}
