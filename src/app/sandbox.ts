import { VENDORS } from '../modules/index.js';

export interface Sandbox {
  /** The settings, by environment name, that make the server use these vendors. Their secrets live as long as this process. */
  settings: Record<string, string>;
  /** Where each vendor's server listens. */
  urls: Record<string, string>;
  close(): Promise<void>;
}

/** Starts every vendor's local server, each on a free loopback port, with credentials made for this run. */
export async function startSandbox(): Promise<Sandbox> {
  // Together, since making keys takes the longest and uses other cores.
  const outcomes = await Promise.allSettled(
    VENDORS.map(async (vendor) => ({ name: vendor.name, ...(await vendor.startSandbox()) })),
  );
  const started = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const close = async () => {
    await Promise.all(started.map((server) => server.close()));
  };
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await close();
    throw failed.reason;
  }
  const settings = Object.assign({}, ...started.map((one) => one.settings)) as Record<string, string>;
  const urls = Object.fromEntries(started.map(({ name, url }) => [name, url]));
  return { settings, urls, close };
}
