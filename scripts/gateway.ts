import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { createGatewayConfig } from '../docs/federation/gateway.config.js';

interface GatewayOptions {
  supergraph: string;
  /** 0: any free port. */
  port: number;
  routerSecret?: string;
  authSecret?: string;
  /** Filled into the page that a browser gets, so that its operations are somebody's. */
  pageToken?: string;
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
  pageToken,
}: GatewayOptions): Promise<RunningGateway> {
  const gateway = createGatewayRuntime({
    ...createGatewayConfig({ ROUTER_SECRET: routerSecret, AUTH_SECRET: authSecret }),
    supergraph,
    // One line for each request and each refused field would drown what the subgraphs print.
    logging: false,
    renderGraphiQL,
    ...(pageToken !== undefined && { graphiql: { headers: JSON.stringify({ authorization: `Bearer ${pageToken}` }) } }),
  });
  const server = createServer((request, response) => void gateway(request, response));
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
