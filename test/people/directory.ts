import { randomBytes } from 'node:crypto';
import { type Cipher, createCipher } from '../../src/database/cipher.js';
import { openStorage } from '../../src/app/storage.js';
import { type Database } from '../../src/database/open.js';
import {
  createPeople,
  LINKED_ACCOUNT_KINDS,
  type LinkedAccountKind,
  type People,
  type PersonInput,
} from '../../src/datasources/people/index.js';
import { type TestEngine } from '../engines.js';

export interface Directory {
  url: string;
  database: Database;
  people: People;
  cipher: Cipher;
  /** The same database through another connection, with other keys where given. */
  reopen(dataKey?: Buffer, previous?: Buffer): Promise<{ database: Database; people: People }>;
  drop(): Promise<void>;
}

/** A new directory with a key of its own. */
export async function newDirectory(engine: TestEngine, dataKey = randomBytes(32)): Promise<Directory> {
  const { url, drop } = await engine.open();
  const opened: Database[] = [];
  const reopen = async (key = dataKey, previous?: Buffer) => {
    const database = await openStorage(url);
    opened.push(database);
    return { database, people: await createPeople(database, createCipher(key, previous)) };
  };
  return {
    url,
    cipher: createCipher(dataKey),
    ...(await reopen()),
    reopen,
    drop: async () => {
      for (const database of opened) await database.close();
      await drop();
    },
  };
}

const NAMES = ['赵一鸣', '钱小雨', '孙悦', '李雷', '周舟', 'Wu Di', '郑重', '王芳', '冯晨曦', '陈默'];

/** An invented person; every number gives other accounts. */
export function invented(number: number): Required<PersonInput> {
  const digits = String(number).padStart(8, '0');
  return {
    name: `${NAMES[number % NAMES.length] ?? ''}${number}`,
    mobile: `139${digits}`,
    email: `reader.${number}@campus-${number}.example`,
    idNumber: null,
    ...(Object.fromEntries(LINKED_ACCOUNT_KINDS.map((kind) => [kind, `${kind}-${digits}`])) as Record<
      LinkedAccountKind,
      string
    >),
  };
}
