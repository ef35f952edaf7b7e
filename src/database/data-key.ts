import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseError } from './errors.js';
import { createPrivateFolder } from './sqlite.js';

const KEY_BYTES = 32;

function isCode(error: unknown, code: string): boolean {
  return (error as { code?: unknown } | null)?.code === code;
}

/** The key that was kept beside a database file; undefined where there is none. Makes nothing. */
export function readDataKey(databaseFile: string): Buffer | undefined {
  return readKey(`${databaseFile}.key`, 'data key');
}

function readKey(file: string, what: string): Buffer | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return undefined;
    throw new DatabaseError('key', `the ${what} ${file} cannot be read`, { cause });
  }
  const key = Buffer.from(text, 'base64');
  if (key.length !== KEY_BYTES || key.toString('base64') !== text) {
    throw new DatabaseError('key', `the ${what} ${file} is not ${KEY_BYTES} bytes in base64`);
  }
  return key;
}

function syncFolder(file: string): void {
  const folder = openSync(dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/**
 * The data key where none is configured: made once and kept as `<databaseFile>.key`, mode 600, base64. Losing it loses
 * the people, so it is on the disk before it is used. `databaseFile` is a path, see `sqliteFile`.
 */
export function loadOrCreateDataKey(databaseFile: string): Buffer {
  return loadOrCreateKey(`${databaseFile}.key`, 'data key');
}

/**
 * What signs the sandbox's tokens, as AUTH_SECRET would: made once and kept as `<databaseFile>.auth`, so that tokens
 * outlive a start and a command beside the server can make some.
 */
export function loadOrCreateAuthSecret(databaseFile: string): string {
  return loadOrCreateKey(`${databaseFile}.auth`, 'auth secret').toString('base64');
}

function loadOrCreateKey(file: string, what: string): Buffer {
  const existing = readKey(file, what);
  if (existing) return existing;

  createPrivateFolder(file);
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    const descriptor = openSync(draft, 'wx', 0o600);
    try {
      writeSync(descriptor, `${randomBytes(KEY_BYTES).toString('base64')}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    // A link appears whole and never replaces: of two processes starting at once, both read the first one's key.
    linkSync(draft, file);
    syncFolder(file);
  } catch (cause) {
    if (!isCode(cause, 'EEXIST')) throw new DatabaseError('key', `the ${what} ${file} cannot be written`, { cause });
  } finally {
    rmSync(draft, { force: true });
  }
  const key = readKey(file, what);
  if (!key) throw new DatabaseError('key', `the ${what} ${file} vanished while it was being made`);
  return key;
}
