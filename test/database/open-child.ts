import { loadOrCreateDataKey } from '../../src/database/data-key.js';
import { openStorage } from '../../src/app/storage.js';
import { sqliteFile } from '../../src/database/sqlite.js';

/** Opens the database of argv[2] at the moment argv[3] and prints the data key beside it, if it is a file. */
const [, , url = '', atMs = '0'] = process.argv;
while (Date.now() < Number(atMs));
const file = sqliteFile(url);
const key = file === undefined ? '' : loadOrCreateDataKey(file).toString('base64');
const database = await openStorage(url);
await database.ping();
await database.close();
console.log(`ready ${key}`);
