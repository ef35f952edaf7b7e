import { curl, print, runUntilStopped } from '../../scripts/run.js';
import { makeSandboxSettings } from '../../scripts/sandbox-settings.js';
import { CHECK, QUERY, startSupergraph } from './supergraph.js';

await runUntilStopped(async (onStop) => {
  const sandbox = await makeSandboxSettings();
  onStop(() => sandbox.close());
  const { settings, token } = sandbox;
  const supergraph = await startSupergraph(settings, Number(process.env['PORT'] ?? 4000), token);
  onStop(() => supergraph.close());
  print(
    `The supergraph of the company's people and Kaquan's vendors is at ${supergraph.url}`,
    '  Open it in a browser: the page there holds a token with every scope.',
    ...Object.entries(supergraph.subgraphUrls).map(([name, url]) => `  ${name.padEnd(7)} ${url}`),
    '',
    'Vouchers, gift cards and identity checks of people whom Kaquan has never heard of:',
    curl(supergraph.url, token, QUERY),
    '',
    'A new identity check of one of them:',
    curl(supergraph.url, token, CHECK),
    '',
    'Ctrl-C stops everything.',
  );
});
