import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { SCOPES } from '../src/modules/index.js';
import { startSandbox } from '../src/app/sandbox.js';

interface SandboxSettings {
  /** What lets any number of server processes use the same local vendors and the same new database file. */
  settings: Record<string, string>;
  /** A token with every scope that those processes take, for a day. */
  token: string;
  /** Stops the vendors and removes the database. */
  close(): Promise<void>;
}

/** Local vendors, an empty directory and secrets, all made for this run and gone with it. */
export async function makeSandboxSettings(): Promise<SandboxSettings> {
  const sandbox = await startSandbox();
  const folder = mkdtempSync(join(tmpdir(), 'kaquan-federated-'));
  const secret = () => randomBytes(32).toString('hex');
  const authSecret = secret();
  const token = await new SignJWT({ scope: SCOPES.join(' ') })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1d')
    .sign(new TextEncoder().encode(authSecret));
  return {
    settings: {
      // Each process would start vendors of its own.
      SANDBOX: 'false',
      DATABASE_URL: `file:${join(folder, 'people.db')}`,
      AUTH_SECRET: authSecret,
      ROUTER_SECRET: secret(),
      ...sandbox.settings,
    },
    token,
    close: async () => {
      await sandbox.close();
      rmSync(folder, { recursive: true });
    },
  };
}
