import { type Generated } from 'kysely';

declare module '../../database/tables.js' {
  interface Tables {
    people: PeopleTable;
    person_accounts: PersonAccountsTable;
    person_grams: PersonGramsTable;
  }
}

export interface PeopleTable {
  /** Short and growing: what the two index tables point at. Never leaves this layer. */
  seq: Generated<number>;
  /** UUIDv7. */
  id: string;
  key_id: string;
  sealed: Buffer;
  created_at: number;
  updated_at: number;
}

export interface PersonAccountsTable {
  kind: string;
  /** Blind index of the account; unique together with its kind. */
  hash: Buffer;
  /** The key that made the hash. */
  key_id: string;
  person_seq: number;
}

export interface PersonGramsTable {
  gram: number;
  person_seq: number;
}
