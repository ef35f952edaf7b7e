import { randomUUID } from 'node:crypto';
import { sql, type RawBuilder, type Selectable } from 'kysely';
import { type Cipher } from '../../database/cipher.js';
import { type Database } from '../../database/open.js';
import { type IdentityChecksTable } from './tables.js';
import { LedgerSeals, recordOf, type CheckKeys, type IdentityCheckRecord } from './record.js';
import { type IdentityQueryType, type ZhimaAnswer } from '../zhima/wire.js';

/*
 * The once-only ledger. The vendor tells a verdict once; this table is where it is kept.
 *
 *              ┌──── no lease ────┐        lease: owner, expiry, fence
 *   STARTED ──┤                    ├── tryLease ──▶ (asking) ── commitAnswer ──▶ TRUSTED │ NOT_TRUSTED │ REFUSED │ LOST
 *   WAITING ──┤                    │                  │  │  │                      final: never asked nor written again
 *      ▲      └────────────────────┘                  │  │  └── release ──▶ as it was (the vendor refused or was not reached)
 *      │                  ▲                           │  └───── release, maybe lost ──▶ as it was, answer_maybe_lost = 1
 *      │                  └── lease expired: its owner died asking ──▶ the next tryLease sets answer_maybe_lost = 1
 *      └───────────────────────── commitAnswer(WAITING)
 *
 * Each arrow is one conditional UPDATE, so that two processes can never both follow it. `answer_maybe_lost` is never
 * taken back: a request of a dead process may still be on its way while the vendor answers WAITING to a later one.
 */

/** The right to ask about one check, until it expires or the answer is committed. */
export interface Lease {
  id: string;
  fence: number;
  identityType: string;
  queryType: IdentityQueryType;
  keys: CheckKeys;
  /** An earlier attempt may have spent the token. */
  answerMaybeLost: boolean;
}

export type Outcome =
  | { status: 'WAITING' | 'TRUSTED' | 'NOT_TRUSTED'; answer: ZhimaAnswer }
  | { status: 'REFUSED'; code: string }
  | { status: 'LOST' };

export interface NewCheck {
  personId: string | null;
  identityType: string;
  queryType: IdentityQueryType;
  keys: CheckKeys;
}

/** A check as others see it while it is being asked about. */
export interface Look {
  record: IdentityCheckRecord;
  /** False for final checks, and for those whose person was forgotten: their keys are gone. */
  canBeAsked: boolean;
  fence: number;
  answeredFence: number;
  /** Milliseconds until the lease of whoever asks now expires; 0 where nobody does. */
  leaseRemainingMs: number;
}

type Row = Selectable<IdentityChecksTable>;

const OPEN: Row['status'][] = ['STARTED', 'WAITING'];

export class Ledger {
  private readonly seals: LedgerSeals;
  private readonly owner = randomUUID();

  /**
   * @param leaseMs how long an attempt may take before others count its process as dead
   * @param nowMs milliseconds since the epoch, by the database's clock: leases of several machines must not depend on theirs
   */
  constructor(
    private readonly database: Database,
    private readonly cipher: Cipher,
    private readonly leaseMs: number,
    private readonly nowMs: () => RawBuilder<number> = databaseClock(database),
  ) {
    this.seals = new LedgerSeals(cipher);
  }

  /** Null where a check with this connection key is there already. */
  async insert({ personId, identityType, queryType, keys }: NewCheck, id: string): Promise<IdentityCheckRecord | null> {
    const row = await this.database.db
      .insertInto('identity_checks')
      .values({
        id,
        person_id: personId,
        identity_type: identityType,
        query_type: queryType,
        status: 'STARTED',
        started_at: this.nowMs(),
        ...this.seals.sealKeys(id, keys),
      })
      .onConflict((conflict) => conflict.column('conn_key_hash').doNothing())
      .returningAll()
      .executeTakeFirst();
    return row ? recordOf(row, this.seals) : null;
  }

  async findByConnKey(connKey: string): Promise<{ record: IdentityCheckRecord; keys: CheckKeys } | null> {
    const row = await this.database.db
      .selectFrom('identity_checks')
      .selectAll()
      .where('conn_key_hash', 'in', this.seals.connKeyHashes(connKey))
      .executeTakeFirst();
    if (!row?.keys) return null;
    return { record: recordOf(row, this.seals), keys: this.seals.openKeys(row.id, row.keys) };
  }

  /**
   * Takes the right to ask, or null where somebody else has it, or where there is nothing to ask (any more). When this
   * returns, the intent to ask is committed: from here on a crash counts as an answer that may be lost.
   */
  async tryLease(id: string): Promise<Lease | null> {
    const now = this.nowMs();
    const row = await this.database.db
      .updateTable('identity_checks')
      .set((eb) => ({
        lease_owner: this.owner,
        lease_expires_at: sql<number>`${now} + ${sql.lit(this.leaseMs)}`,
        fence: eb('fence', '+', 1),
        asked_at: now,
        answer_maybe_lost: sql<number>`case when lease_owner is not null then 1 else answer_maybe_lost end`,
      }))
      .where('id', '=', id)
      .where('status', 'in', OPEN)
      .where('keys', 'is not', null)
      .where((eb) => eb.or([eb('lease_owner', 'is', null), eb('lease_expires_at', '<=', now)]))
      .returningAll()
      .executeTakeFirst();
    if (!row?.keys) return null;
    return {
      id,
      fence: row.fence,
      identityType: row.identity_type,
      queryType: row.query_type,
      keys: this.seals.openKeys(id, row.keys),
      answerMaybeLost: row.answer_maybe_lost === 1,
    };
  }

  /**
   * Writes down what the vendor told. Null where the lease was lost: somebody else asks by now, or has written.
   * If the person was forgotten meanwhile, the verdict is kept and what came with it is not.
   */
  async commitAnswer({ id, fence }: Lease, outcome: Outcome): Promise<IdentityCheckRecord | null> {
    const result = 'answer' in outcome ? this.seals.sealResult(id, outcome.answer) : null;
    const row = await this.database.db
      .updateTable('identity_checks')
      .set({
        status: outcome.status,
        refusal_code: outcome.status === 'REFUSED' ? outcome.code : null,
        // Without keys there is nothing to restore: forgetting the person has emptied `result` as well.
        result: sql<Buffer | null>`case when keys is null then result else ${result} end`,
        settled_at: outcome.status === 'WAITING' ? null : this.nowMs(),
        answered_fence: fence,
        lease_owner: null,
        lease_expires_at: null,
      })
      .where('id', '=', id)
      .where('fence', '=', fence)
      .where('lease_owner', '=', this.owner)
      .returningAll()
      .executeTakeFirst();
    return row ? recordOf(row, this.seals) : null;
  }

  /** Ends an attempt that brought no answer. `maybeSent`: the vendor may have spent the token all the same. */
  async release({ id, fence }: Lease, maybeSent: boolean): Promise<void> {
    await this.database.db
      .updateTable('identity_checks')
      .set({
        lease_owner: null,
        lease_expires_at: null,
        ...(maybeSent ? { answer_maybe_lost: 1 } : {}),
      })
      .where('id', '=', id)
      .where('fence', '=', fence)
      .where('lease_owner', '=', this.owner)
      .execute();
  }

  async look(id: string): Promise<Look | null> {
    const row = await this.database.db
      .selectFrom('identity_checks')
      .selectAll()
      .select(this.nowMs().as('now_ms'))
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row) return null;
    return {
      record: recordOf(row, this.seals),
      canBeAsked: OPEN.includes(row.status) && row.keys !== null,
      fence: row.fence,
      answeredFence: row.answered_fence,
      leaseRemainingMs: Math.max(0, (row.lease_expires_at ?? 0) - row.now_ms),
    };
  }

  async findMany(ids: readonly string[]): Promise<IdentityCheckRecord[]> {
    const rows = await this.database.db.selectFrom('identity_checks').selectAll().where('id', 'in', ids).execute();
    return rows.map((row) => recordOf(row, this.seals));
  }

  /** The newest `first` checks of each person, newest first. */
  async findByPersons(personIds: readonly string[], first: number): Promise<IdentityCheckRecord[]> {
    const rows = await this.database.db
      .selectFrom((db) =>
        db
          .selectFrom('identity_checks')
          .selectAll()
          .select(sql<number>`row_number() over (partition by person_id order by started_at desc, id desc)`.as('place'))
          .where('person_id', 'in', personIds)
          .as('ranked'),
      )
      .selectAll()
      .where('place', '<=', first)
      .orderBy('place')
      .execute();
    return rows.map((row) => recordOf(row, this.seals));
  }
}

function databaseClock({ engine }: Database): () => RawBuilder<number> {
  return engine === 'postgres'
    ? () => sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`
    : () => sql<number>`cast(unixepoch('subsec') * 1000 as integer)`;
}
