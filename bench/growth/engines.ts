import { join } from 'node:path';
import { openPostgres } from '../beside.js';
import { serverSettings, type Setting, startServer } from '../contenders.js';
import { type BenchPerson, inventPerson } from '../people.js';
import { type Program } from '../programs.js';
import { seedPeople } from './seed.js';
import { COLLECTORS } from './series.js';

/** This server on one engine, with a directory that grows. */
export interface Engine {
  name: string;
  url: string;
  speaks: 'graphql';
  pids: number[];
  ports: number[];
  people: BenchPerson[];
  /** Adds people until there are so many. */
  grow(to: number): Promise<void>;
  /** The same with a second process beside it, on the same database. */
  withSecond(): Promise<Engine>;
  close(): Promise<void>;
}

const CARDS = 5;

/** SQLite, and PostgreSQL where it answers. */
export async function openEngines(setting: Setting): Promise<Engine[]> {
  const engines = [await openEngine(setting, 'SQLite', `file:${join(setting.folder, 'growth.db')}`)];
  const postgres = await openPostgres();
  if (!postgres) return engines;
  try {
    const engine = await openEngine(setting, 'PostgreSQL', postgres.url);
    const close = async () => {
      await engine.close();
      await postgres.drop();
    };
    return [...engines, { ...engine, close }];
  } catch (error) {
    await postgres.drop();
    throw error;
  }
}

async function openEngine(setting: Setting, name: string, databaseUrl: string): Promise<Engine> {
  const start = async (process: number): Promise<Program> =>
    startServer(setting, `growth-${name}-${process}`, await serverSettings(setting, databaseUrl));
  const { url, pid, close } = await start(1);
  const port = Number(new URL(url).port);
  const people: BenchPerson[] = [];
  const engine: Engine = {
    name,
    url,
    speaks: 'graphql',
    pids: [pid],
    ports: [port],
    people,
    grow: async (to) => {
      const missing = Array.from({ length: Math.max(0, to - people.length) }, (_, place) => people.length + place);
      const invented = missing.map((number) => inventPerson(number, COLLECTORS[number] ?? CARDS));
      for (const person of await seedPeople(databaseUrl, setting.secrets.dataKey, invented)) people.push(person);
    },
    withSecond: async () => {
      const second = await start(2);
      const ports = [port, Number(new URL(second.url).port)];
      return { ...engine, pids: [pid, second.pid], ports, close: () => second.close() };
    },
    close,
  };
  return engine;
}
