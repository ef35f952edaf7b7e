import { parse, print as printGraphql } from 'graphql';
import { curl, print, runUntilStopped } from '../../scripts/run.js';
import { Explorer } from '../../src/app/explorer/explorer.js';
import { makeSandboxSettings } from '../../scripts/sandbox-settings.js';
import { CHECK, QUERY, startSupergraph } from './supergraph.js';

await runUntilStopped(async (onStop) => {
  const sandbox = await makeSandboxSettings();
  onStop(() => sandbox.close());
  const { settings, token } = sandbox;
  const explorer = new Explorer({
    folder: 'dist/explorer',
    operations: () => [
      { part: 'example', name: 'Everybody, with what vendors have', query: printGraphql(parse(QUERY)) },
      { part: 'example', name: 'A new identity check', query: printGraphql(parse(CHECK)) },
    ],
    signers: () => [{ label: 'Staff, with every scope', token }],
    withoutToken: 'Nobody (no token)',
  });
  const supergraph = await startSupergraph(settings, Number(process.env['PORT'] ?? 4000), explorer);
  onStop(() => supergraph.close());
  print(
    `The supergraph of the company's people and Kaquan's vendors is at ${supergraph.url}`,
    '  Open it in a browser for the explorer, and ask as staff.',
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
