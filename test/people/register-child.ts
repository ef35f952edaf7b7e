import { createCipher } from '../../src/database/cipher.js';
import { openStorage } from '../../src/app/storage.js';
import { createPeople } from '../../src/datasources/people/index.js';
import { invented } from './directory.js';

/** Registers people into the database of argv[2] under the key of argv[3] until it is killed; prints each id once it is there. */
const [, , url = '', key = ''] = process.argv;
const people = await createPeople(await openStorage(url), createCipher(Buffer.from(key, 'base64')));
for (let number = 0; ; number += 1) {
  const { id } = await people.register(invented(number));
  process.stdout.write(`${id}\n`);
  await people.update(id, { name: `renamed ${number}` });
}
