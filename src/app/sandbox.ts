import { VENDORS } from '../modules/index.js';
import { type StartedVendor } from '../sandbox/start.js';

export interface Sandbox {
  /** The settings, by environment name, that make the server use these vendors. Their secrets live as long as this process. */
  settings: Record<string, string>;
  /** Where each vendor's server listens. */
  urls: Record<string, string>;
  close(): Promise<void>;
}

/** Starts every vendor's local server, each on a free loopback port, with credentials made for this run. */
export async function startSandbox(): Promise<Sandbox> {
  const started: ({ name: string } & StartedVendor)[] = [];
  const close = async () => {
    await Promise.all(started.map(({ server }) => server.close()));
  };
  try {
    for (const { name, startSandbox: start } of VENDORS) started.push({ name, ...(await start({ record: false })) });
  } catch (error) {
    await close();
    throw error;
  }
  const settings = Object.assign({}, ...started.map((one) => one.settings)) as Record<string, string>;
  const urls = Object.fromEntries(started.map(({ name, server }) => [name, server.url]));
  return { settings, urls, close };
}
