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
  } catch (error) {
    bad(`database: ${error instanceof Error ? error.message : 'cannot be used'}`);
  }

  if (config.sandbox) good('vendors: the sandbox, whose servers start and stop with the graph');
  for (const [name, { baseUrl }] of config.vendors) {
    const reached = await reach(baseUrl);
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
