import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';
import { createGatewayConfig } from '../docs/federation/gateway.config.js';
import { EXPLORER_PATH, type Explorer, type ExplorerAnswer } from '../src/app/explorer/explorer.js';

interface GatewayOptions {
  supergraph: string;
  /** 0: any free port. */
  port: number;
  routerSecret?: string;
  authSecret?: string;
  /** What a browser gets; none where left out. */
  explorer?: Explorer;
}

interface RunningGateway {
  url: string;
  close(): Promise<void>;
}

/** A Hive gateway over a supergraph, configured as docs/federation/gateway.config.ts shows it to platform teams. */
export async function startGateway({
  supergraph,
  port,
  routerSecret,
  authSecret,
  explorer,
}: GatewayOptions): Promise<RunningGateway> {
  const gateway = createGatewayRuntime({
    ...createGatewayConfig({ ROUTER_SECRET: routerSecret, AUTH_SECRET: authSecret }),
    supergraph,
    // One line for each request and each refused field would drown what the subgraphs print.
    logging: false,
    graphiql: false,
  });
  const server = createServer((request, response) => {
    const page = explorer && pageFor(explorer, request);
    if (page) void send(response, page);
    else void gateway(request, response);
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed).listen(port, '127.0.0.1', listening);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}/graphql`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await gateway[Symbol.asyncDispose]();
    },
  };
}

/** Undefined where the graph itself is asked. */
function pageFor(explorer: Explorer, { method, url = '', headers }: IncomingMessage) {
  if (method !== 'GET') return undefined;
  if (url.startsWith(`${EXPLORER_PATH}/`)) {
    return explorer.asset(url.slice(EXPLORER_PATH.length + 1), headers['accept-encoding']);
  }
  return url === '/graphql' && headers.accept?.includes('text/html') ? explorer.page() : undefined;
}

async function send(response: ServerResponse, page: Promise<ExplorerAnswer | undefined>): Promise<void> {
  try {
    const answer = await page;
    response.writeHead(answer ? 200 : 404, answer?.headers).end(answer?.body);
  } catch (error) {
    response.writeHead(500).end(error instanceof Error ? error.message : '');
  }
}
