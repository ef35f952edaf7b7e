import { createCipher } from '../../src/database/cipher.js';
import { openStorage } from '../../src/app/storage.js';
import { createPeople } from '../../src/datasources/people/index.js';

/** Renames the person argv[4] of the database argv[2] under the key argv[3], argv[5] times; prints each number once it is there. */
const [, , url = '', key = '', id = '', times = '0'] = process.argv;
const database = await openStorage(url);
const people = await createPeople(database, createCipher(Buffer.from(key, 'base64')));
for (let number = 0; number < Number(times); number += 1) {
  await people.update(id, { name: `名${number}` });
  process.stdout.write(`${number}\n`);
}
await database.close();
