import { type Environment, loadConfig } from '../config/config.js';
import { backupDatabase } from '../database/backup.js';
import { MODULES } from '../modules/index.js';

/** Copies the embedded database to the new file `to` while the server runs. @throws ConfigError, DatabaseError */
export async function runBackup(environment: Environment, to: string, print: (line: string) => void): Promise<void> {
  const { databaseUrl, dataKey } = loadConfig(environment, MODULES);
  const file = await backupDatabase(databaseUrl, to);
  print(`The database as it is now: ${file}`);
  print(
    dataKey
      ? 'DATA_KEY is not in it, and it opens with that key alone: keep both, apart from each other.'
      : 'The key beside the database (its file name with .key) is not in it, and it opens with that key alone: keep both, apart from each other.',
  );
}
