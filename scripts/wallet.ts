import { startSubgraph } from './federation.js';
import { print, runUntilStopped } from './run.js';
import { checkWallet, prepareWallet, serveWallet } from './wallet-app.js';

/** A server that is there already, instead of one that is started here in the sandbox. */
const givenServer = process.env['WALLET_SERVER'];

if (process.argv[2] === 'check') {
  await prepareWallet();
  await checkWallet();
} else {
  await runUntilStopped(async (onStop) => {
    await prepareWallet();
    let graphUrl = givenServer;
    if (graphUrl === undefined) {
      const server = await startSubgraph('all', { SANDBOX: 'true', PORT: process.env['PORT'] ?? '0' });
      onStop(() => server.close());
      graphUrl = server.url;
    }
    const app = await serveWallet(graphUrl, Number(process.env['WALLET_PORT'] ?? 5173));
    onStop(() => app.close());
    print(
      '',
      `The wallet is at ${app.url}`,
      givenServer === undefined
        ? `  SANDBOX: a dozen invented people; their graph is at ${graphUrl}`
        : `  It asks the server at ${graphUrl}`,
      '  Ctrl-C stops everything.',
    );
  });
}
