import { randomBytes } from 'node:crypto';
import { type SandboxServer } from './server.js';

/** A vendor's local server, and all that leads to it. */
export interface StartedVendor {
  server: SandboxServer<string>;
  /** The settings, by environment name, that make our side use it. Their secrets live as long as this process. */
  settings: Record<string, string>;
  /** The faults of its own that it can play, besides those of the transport. */
  scenes: readonly string[];
}

/** A secret made for this run, of letters and digits. */
export const secret = () => randomBytes(24).toString('hex');
