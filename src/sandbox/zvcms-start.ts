import { type SandboxOptions } from './server.js';
import { secret, type StartedVendor } from './start.js';
import { startZvcmsSandbox, ZVCMS_SCENES } from './zvcms.js';

export async function startZvcms(options: SandboxOptions): Promise<StartedVendor> {
  const account = { openId: secret(), grantCode: secret().slice(0, 10), openKey: secret() };
  const server = await startZvcmsSandbox({ ...account, style: 'production', ...options });
  const settings = {
    ZVCMS_BASE_URL: server.url,
    ZVCMS_OPEN_ID: account.openId,
    ZVCMS_GRANT_CODE: account.grantCode,
    ZVCMS_OPEN_KEY: account.openKey,
  };
  return { server, settings, scenes: ZVCMS_SCENES };
}
