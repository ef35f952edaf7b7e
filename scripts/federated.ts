import { INVENTED_PEOPLE } from '../src/sandbox/index.js';
import { startFederation } from './federation.js';
import { curl, print, runUntilStopped } from './run.js';
import { makeSandboxSettings } from './sandbox-settings.js';

const EXAMPLE =
  '{ directory(first: 3) { edges { node { maskedName voucher(activityCode: "1") { qrCode } giftCardBalance { amount } } } } }';

await runUntilStopped(async (onStop) => {
  const sandbox = await makeSandboxSettings();
  onStop(() => sandbox.close());
  const { settings, token } = sandbox;
  const federation = await startFederation({
    settings,
    port: Number(process.env['PORT'] ?? 4000),
    pageToken: token,
  });
  onStop(() => federation.close());
  await register(federation.url, token);
  print(
    `A Hive gateway serves the supergraph at ${federation.url}`,
    '  Open it in a browser: the page there holds a token with every scope.',
    'Behind it, a process for each subgraph:',
    ...Object.entries(federation.subgraphUrls).map(([name, url]) => `  ${name.padEnd(7)} ${url}`),
    'SANDBOX: invented people; the vendors are local servers. Everything is gone when you press Ctrl-C.',
    '',
    curl(federation.url, token, EXAMPLE),
  );
});

/** The sandbox's people, through the router like everything else. */
async function register(url: string, token: string): Promise<void> {
  const query = 'mutation ($input: PersonInput!) { registerPerson(input: $input) { id } }';
  for (const input of INVENTED_PEOPLE) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables: { input } }),
    });
    const { errors } = (await response.json()) as { errors?: { message: string }[] };
    if (errors) throw new Error(`The sandbox's people could not be registered: ${errors[0]?.message ?? ''}`);
  }
}
