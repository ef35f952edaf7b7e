import { randomBytes } from 'node:crypto';
import { type SandboxServer } from './server.js';

/** A vendor's local server, with the settings, by environment name, that lead to it. Their secrets live as long as this process. */
export interface StartedVendor {
  url: string;
  settings: Record<string, string>;
  /** The faults of its own that it can play, besides those of the transport. */
  scenes: readonly string[];
  close(): Promise<void>;
}

/** A secret made for this run, of letters and digits. */
export const secret = () => randomBytes(24).toString('hex');

export const started = <Scene extends string>(
  server: SandboxServer<Scene>,
  scenes: readonly Scene[],
  settings: Record<string, string>,
): StartedVendor => ({ url: server.url, settings, scenes, close: () => server.close() });
