import { type Generated } from 'kysely';

declare module '../../database/tables.js' {
  interface Tables {
    identity_checks: IdentityChecksTable;
  }
}

/** Written by ledger.ts, which says why. After the person was forgotten `keys` and all that is personal is null. */
export interface IdentityChecksTable {
  /** UUIDv7. */
  id: string;
  person_id: string | null;
  /** Who gave up the account that the check was made by: it goes with them as well, and is never shown as theirs. */
  owner_id: string | null;
  identity_type: string;
  query_type: 'EXACT' | 'FUZZY';
  status: 'STARTED' | 'WAITING' | 'TRUSTED' | 'NOT_TRUSTED' | 'REFUSED' | 'LOST';
  /** The vendor's code; set where the status is REFUSED. */
  refusal_code: string | null;
  /** The key that made `keys` and the hashes. */
  key_id: string | null;
  /** Sealed JSON: connection key, once token, and who the check is about. */
  keys: Buffer | null;
  /** Sealed JSON: what came with the vendor's last answer. */
  result: Buffer | null;
  /** Blind index of the connection key. */
  conn_key_hash: Buffer | null;
  /** Blind index of the once token. Null besides where an older version stored one token twice. */
  once_token_hash: Buffer | null;
  /** Blind index of who the check is about: finds a person's checks that were made without naming the person. */
  subject_hash: Buffer | null;
  /** The same of the user id and the open id that the vendor's answer named. */
  told_user_hash: Buffer | null;
  told_open_hash: Buffer | null;
  started_at: number;
  /** When the intent to ask was last committed. */
  asked_at: number | null;
  settled_at: number | null;
  /** Set: a process is asking, or died while it did. */
  lease_owner: string | null;
  lease_expires_at: number | null;
  /** Counts what was begun with the row: attempts, and sealing anew. A write must bring the number it began with. */
  fence: Generated<number>;
  /** The last attempt whose answer is recorded here. */
  answered_fence: Generated<number>;
  /** 1: some attempt may have made the vendor spend the token without its answer being read. */
  answer_maybe_lost: Generated<number>;
}
