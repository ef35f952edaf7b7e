import { request } from 'undici';
import { ConfigError, type Config, type Environment, loadConfig } from '../config/config.js';
import { createCipher, wrongDataKey } from '../database/cipher.js';
import { readDataKey } from '../database/data-key.js';
import { type Inspection } from '../database/inspect.js';
import { sqliteFile } from '../database/sqlite.js';
import { MODULES } from '../modules/index.js';
import { inspectStorage } from './storage.js';

const REACH_TIMEOUT_MS = 5_000;
/** The vendors refuse a clock that is ten minutes off; well before that it should be mended. */
const MAX_SKEW_MS = 60_000;

const RENEW_BEFORE_MS = 14 * 24 * 60 * 60 * 1000;

/** Checks the settings, the database, each vendor's reachability and this machine's clock against theirs. True where all is well. */
export async function runDoctor(environment: Environment, print: (line: string) => void): Promise<boolean> {
  let healthy = true;
  const good = (line: string) => {
    print(`ok    ${line}`);
  };
  const bad = (line: string) => {
    healthy = false;
    print(`WRONG ${line}`);
  };

  let config: Config;
  try {
    config = loadConfig(environment, MODULES);
    good('settings');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) bad(problem);
    return false;
  }

  try {
    const inspection = await inspectStorage(config.databaseUrl);
    const { exists, due } = inspection;
    const state = !exists
      ? ': the first start makes it'
      : due.length > 0
        ? `: the next start applies ${due.join(', ')}`
        : '';
    good(`database (${config.databaseUrl.startsWith('file:') ? config.databaseUrl : 'PostgreSQL'})${state}`);
    const problem = checkDataKey(config, inspection);
    if (problem === undefined) good('DATA_KEY');
    else bad(`DATA_KEY: ${problem}`);
    if (config.previousDataKey) good(`DATA_KEY_PREVIOUS: ${stateOfPreviousKey(config.previousDataKey, inspection)}`);
  } catch (error) {
    bad(`database: ${error instanceof Error ? error.message : 'cannot be used'}`);
  }

  if (config.sandbox) good('vendors: the sandbox, whose servers start and stop with the graph');
  for (const [name, vendor] of config.vendors) {
    for (const expiry of vendor.expiries()) {
      const problem = expiry.problem ?? problemOfEnd(expiry.endsAt);
      if (problem === undefined) good(`${name}: ${expiry.name} ends on ${dayOf(expiry.endsAt)}`);
      else bad(`${name}: ${expiry.name} ${problem}`);
    }
    const reached = await reach(vendor.baseUrl);
    if (!reached) {
      bad(`${name}: no answer; check ${name.toUpperCase()}_BASE_URL, the network and its proxies`);
      continue;
    }
    good(`${name}: answers`);
    if (reached.skewMs === undefined) continue;
    if (Math.abs(reached.skewMs) <= MAX_SKEW_MS) good(`${name}: the clocks agree`);
    else {
      bad(
        `${name}: its clock is ${Math.round(reached.skewMs / 1000)} s ahead of this machine's; ` +
          `set this one by NTP, or ${name.toUpperCase()}_CLOCK_OFFSET_MS=${Math.round(reached.skewMs / 1000) * 1000}`,
      );
    }
  }
  return healthy;
}

/** What is wrong with the key for what is stored; undefined where it fits, or will be made by the first start. */
function checkDataKey({ dataKey, previousDataKey, databaseUrl }: Config, { keyIds }: Inspection): string | undefined {
  const file = sqliteFile(databaseUrl);
  const key = dataKey ?? (file === undefined ? undefined : readDataKey(file));
  if (!key) return keyIds.length > 0 ? 'the database is sealed with a key that is not here' : undefined;
  const known = createCipher(key, previousDataKey).keyIds;
  return keyIds.every((id) => known.includes(id)) ? undefined : wrongDataKey().message;
}

function stateOfPreviousKey(previous: Buffer, { keyIds }: Inspection): string {
  return keyIds.includes(createCipher(previous).keyId)
    ? 'still needed; a start seals anew what it sealed, but for what is in use at that moment'
    : 'nothing is sealed with it any more: remove it';
}

function problemOfEnd(endsAt: Date): string | undefined {
  return endsAt.getTime() - Date.now() < RENEW_BEFORE_MS ? `ends on ${dayOf(endsAt)}: renew it` : undefined;
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/** Any HTTP answer counts: nothing is asked of the vendor, so nothing is signed. */
async function reach(baseUrl: string): Promise<{ skewMs: number | undefined } | undefined> {
  try {
    const { headers, body } = await request(baseUrl, { signal: AbortSignal.timeout(REACH_TIMEOUT_MS) });
    await body.dump();
    const date = Date.parse(String(headers['date']));
    return { skewMs: Number.isNaN(date) ? undefined : date - Date.now() };
  } catch {
    return undefined;
  }
}
