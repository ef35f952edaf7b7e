import { spawn } from 'node:child_process';
import { type Explorer } from '../src/app/explorer/explorer.js';
import { startGateway } from './gateway.js';
import { listening, type ServerProcess } from './server-process.js';
import { composeSupergraph, type SubgraphSdl, subgraphSdls } from './write-schema.js';

export interface Federation {
  /** Where the router answers. */
  url: string;
  /** Where each subgraph answers, by its name. */
  subgraphUrls: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

interface FederationOptions {
  /** What every subgraph's process gets by environment: the vendors, the database, AUTH_SECRET and ROUTER_SECRET. */
  settings: Readonly<Record<string, string | undefined>>;
  /** Where the router listens; 0: any free port. */
  port: number;
  /** The subgraphs by which the router joins ours, each with the URL where it answers. */
  others?: readonly (SubgraphSdl & { url: string })[];
  /** Which of our subgraphs run. Default: all. */
  names?: readonly string[];
  /** What a browser gets at the router. */
  explorer?: Explorer;
  /** Node's arguments that start a server. Default: from the sources. */
  program?: readonly string[];
}

const FROM_SOURCES = ['--import', '@swc-node/register/esm-register', 'src/server.ts'];

/** The server as it is deployed, in a process of its own, serving one subgraph on a free loopback port. */
export async function startSubgraph(
  name: string,
  settings: Readonly<Record<string, string | undefined>>,
  program: readonly string[] = FROM_SOURCES,
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [...program], {
    // Nothing of this process's own settings: what is not given here has its default. Its log is not shown; its first
    // line tells where it listens.
    env: { PATH: process.env['PATH'], PORT: '0', METRICS_PORT: '0', ...settings, SUBGRAPH: name, LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return listening(child, `The subgraph ${name}`, /http:[^"\s]+\/graphql/);
}

/** A process for each subgraph, and a router over all of them in this process. */
export async function startFederation(options: FederationOptions): Promise<Federation> {
  const ours = subgraphSdls().filter(({ name }) => options.names?.includes(name) ?? true);
  const started = await Promise.allSettled(
    ours.map(async ({ name }) => [name, await startSubgraph(name, options.settings, options.program)] as const),
  );
  const running = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const closeSubgraphs = async () => {
    await Promise.all(running.map(([, subgraph]) => subgraph.close()));
  };
  try {
    const failed = started.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    const others = options.others ?? [];
    const subgraphUrls = Object.fromEntries([
      ...running.map(([name, { url }]) => [name, url]),
      ...others.map(({ name, url }) => [name, url]),
    ]) as Record<string, string>;
    const { ROUTER_SECRET: routerSecret, AUTH_SECRET: authSecret } = options.settings;
    const gateway = await startGateway({
      supergraph: composeSupergraph([...ours, ...others], (name) => subgraphUrls[name] ?? ''),
      port: options.port,
      ...(routerSecret !== undefined && { routerSecret }),
      ...(authSecret !== undefined && { authSecret }),
      ...(options.explorer && { explorer: options.explorer }),
    });
    const close = async () => {
      await gateway.close();
      await closeSubgraphs();
    };
    return { url: gateway.url, subgraphUrls, close };
  } catch (error) {
    await closeSubgraphs();
    throw error;
  }
}
