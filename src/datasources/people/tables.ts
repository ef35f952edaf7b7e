import { type Generated } from 'kysely';

declare module '../../database/tables.js' {
  interface Tables {
    people: PeopleTable;
    person_accounts: PersonAccountsTable;
    name_changes: NameChangesTable;
  }
}

export interface PeopleTable {
  /** Short and growing: what the other tables point at. Never leaves this layer. */
  seq: Generated<number>;
  /** UUIDv7. */
  id: string;
  /** The key that made `sealed` and `mobile_tail`. */
  key_id: string;
  sealed: Buffer;
  /** The number that the mobile's last four digits share with nine others, see mobile-tail.ts; null: not computed yet. */
  mobile_tail: number | null;
  created_at: number;
  updated_at: number;
}

interface PersonAccountsTable {
  kind: string;
  /** Blind index of the account; unique together with its kind. */
  hash: Buffer;
  /** The key that made the hash. */
  key_id: string;
  person_seq: number;
}

/** A row for everyone who was ever registered, also for those who were forgotten: see name-changes.ts. */
interface NameChangesTable {
  person_seq: number;
  version: number;
}
