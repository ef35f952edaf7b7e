import { type Config } from '../../config/config.js';
import { createCipher, wrongDataKey } from '../../database/cipher.js';
import { readDataKey } from '../../database/data-key.js';
import { DatabaseError, type DatabaseErrorKind } from '../../database/errors.js';
import { type Inspection } from '../../database/inspect.js';
import { sqliteFile } from '../../database/sqlite.js';
import { inspectStorage } from '../storage.js';
import { type Finding, ok, wrong } from './finding.js';

/** Every registration and each step of an identity check waits for a write. */
const SLOW_WRITE_MS = 100;

const ADVICE: Partial<Record<DatabaseErrorKind, string>> = {
  unavailable: 'check DATABASE_URL: server and port; for a file: its folder and permissions',
  misconfigured: 'check DATABASE_URL: its login, the name of the database, and what the login may do there',
  readonly: 'give the primary server, or a folder on a disk that can be written',
  timeout: 'look what keeps it busy or locked, and how far away it is',
  full: 'make room on its disk',
  busy: 'somebody holds a lock on it: look what else has it open',
  corrupt: 'restore a backup (docs/storage.md)',
  newer: 'start the newer version, or restore the backup from before it (docs/upgrading.md)',
};

/** The database by a write that is undone, what a start would migrate, and whether DATA_KEY opens what is in it. */
export async function examineStorage(config: Config): Promise<Finding[]> {
  try {
    const inspection = await inspectStorage(config.databaseUrl);
    return [stateOf(config.databaseUrl, inspection), ...examineKeys(config, inspection)];
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return [wrong('database', error.message, ADVICE[error.kind])];
  }
}

function stateOf(url: string, { exists, due, newer, writeMs }: Inspection): Finding {
  const name = url.startsWith('file:') ? url : 'PostgreSQL';
  if (!exists) return ok('database', `${name}: the first start makes it`);
  const time = `a write takes ${writeMs.toFixed(1)} ms`;
  if (writeMs > SLOW_WRITE_MS)
    return wrong('database', `${name}, ${time}`, 'bring it nearer, or look what keeps its disk busy');
  const schema =
    newer.length > 0
      ? `; a newer version applied ${newer.join(', ')}, beside which this one can run`
      : due.length > 0
        ? `; the next start applies ${due.join(', ')}`
        : '';
  return ok('database', `${name}, ${time}${schema}`);
}

function examineKeys({ dataKey, previousDataKey, databaseUrl }: Config, { keyIds }: Inspection): Finding[] {
  const file = sqliteFile(databaseUrl);
  const key = dataKey ?? (file === undefined ? undefined : readDataKey(file));
  if (!key) {
    return keyIds.length > 0
      ? [
          wrong(
            'DATA_KEY',
            'the database is sealed with a key that is not here',
            'set DATA_KEY, or put the key file back',
          ),
        ]
      : [ok('DATA_KEY', 'the first start makes it')];
  }
  const known = createCipher(key, previousDataKey).keyIds;
  const fits = keyIds.every((id) => known.includes(id))
    ? ok('DATA_KEY', keyIds.length > 0 ? 'opens what the database holds' : 'nothing is sealed yet')
    : wrong('DATA_KEY', wrongDataKey().message, 'set the key from before, in DATA_KEY or in DATA_KEY_PREVIOUS');
  return previousDataKey ? [fits, ok('DATA_KEY_PREVIOUS', stateOfPrevious(previousDataKey, keyIds))] : [fits];
}

function stateOfPrevious(previous: Buffer, keyIds: string[]): string {
  return keyIds.includes(createCipher(previous).keyId)
    ? 'still needed; a start seals anew what it sealed, but for what is in use at that moment'
    : 'nothing is sealed with it any more: remove it';
}
