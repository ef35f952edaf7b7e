import { randomBytes } from 'node:crypto';
import { type Transaction } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { DatabaseError } from '../../database/errors.js';
import { type Database } from '../../database/open.js';
import { type Tables } from '../../database/tables.js';
import { type IdentityQueryType, type ZhimaSubject } from '../zhima/index.js';
import { type Clock } from './clock.js';
import { shareIdentity } from './erasure.js';
import { canBePersonId, checkSubject, checkWord, IdentityCheckInputError } from './input.js';
import { recordOf, subjectName, type CheckCredentials, type IdentityCheckRecord, type LedgerSeals } from './record.js';

/** The keys or the token belong to a check of other keys, of another person or identity, or with another request. */
export class IdentityCheckConflictError extends Error {
  override readonly name = 'IdentityCheckConflictError';

  constructor() {
    super('these keys belong to another identity check');
  }
}

/** The person was forgotten before the check was there. */
export class UnknownPersonError extends Error {
  override readonly name = 'UnknownPersonError';

  constructor() {
    super('the person is not in the directory any more');
  }
}

/**
 * True where the person is in the directory, who then stays there until the transaction ends. Injected, since how people
 * are stored is not ours to know.
 */
export type LockPerson = (trx: Transaction<Tables>, personId: string) => Promise<boolean>;

interface CheckInput {
  identityType: string;
  queryType: IdentityQueryType;
  /** `certType` is wanted with `certNo`; where several identities are given, the first of userId, openId and certNo counts. */
  subject: ZhimaSubject;
  /** False: the person is another subgraph's, and is not looked for in the directory here. Default: true. */
  registered?: boolean | undefined;
}

export interface StartInput extends CheckInput {
  personId: string;
}

export interface AdoptInput extends CheckInput {
  connKey: string;
  onceToken: string;
  personId?: string | undefined;
}

/** What `start` tells, the keys this once. */
export interface StartedCheck {
  check: IdentityCheckRecord;
  connKey: string;
  onceToken: string;
}

interface NewCheck {
  personId: string | null;
  identityType: string;
  queryType: IdentityQueryType;
  credentials: CheckCredentials;
}

/** How checks come into the ledger: one check for a connection key, one for a token. */
export class Registration {
  constructor(
    private readonly database: Database,
    private readonly seals: LedgerSeals,
    private readonly nowMs: Clock,
    private readonly lockPerson: LockPerson | undefined,
  ) {}

  async start(input: StartInput): Promise<StartedCheck> {
    // 128 random bits each, in characters that no part of the vendor's flow has to escape.
    const [connKey, onceToken] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')];
    const wanted = newCheck(input, connKey, onceToken);
    const check = await this.keepingPerson(input, (trx) => this.insert(trx, uuidv7(), wanted));
    if (!check) throw new IdentityCheckConflictError();
    return { check, connKey, onceToken };
  }

  async adopt(input: AdoptInput): Promise<IdentityCheckRecord> {
    checkWord('connKey', input.connKey);
    checkWord('onceToken', input.onceToken);
    const wanted = newCheck(input, input.connKey, input.onceToken);
    return this.keepingPerson(input, async (trx) => {
      let known = await this.findByKeys(trx, wanted.credentials);
      if (known.length === 0) {
        const inserted = await this.insert(trx, uuidv7(), wanted);
        if (inserted) return inserted;
        // Somebody was faster between the two statements.
        known = await this.findByKeys(trx, wanted.credentials);
        if (known.length === 0) throw changedMeanwhile();
      }
      const same = known.find((one) => isSameCheck(one, wanted));
      if (!same) throw new IdentityCheckConflictError();
      const { personId } = wanted;
      if (personId === null || same.record.personId !== null) return same.record;
      return this.claim(trx, same.record.id, personId);
    });
  }

  /** A person who is being forgotten at this moment is gone, or is gone only when the check is there to be erased as well. */
  private keepingPerson<T>(
    { personId, registered = true }: { personId?: string | undefined; registered?: boolean | undefined },
    work: (trx: Transaction<Tables>) => Promise<T>,
  ): Promise<T> {
    return this.database.transaction(async (trx) => {
      if (personId !== undefined && registered && this.lockPerson && !(await this.lockPerson(trx, personId)))
        throw new UnknownPersonError();
      return work(trx);
    });
  }

  /** Null where a check with this connection key or this token is there already. */
  private async insert(
    trx: Transaction<Tables>,
    id: string,
    { personId, identityType, queryType, credentials }: NewCheck,
  ): Promise<IdentityCheckRecord | null> {
    await shareIdentity(trx, this.seals.subjectHashes(credentials.subject));
    const row = await trx
      .insertInto('identity_checks')
      .values({
        id,
        person_id: personId,
        identity_type: identityType,
        query_type: queryType,
        status: 'STARTED',
        started_at: this.nowMs(),
        ...this.seals.sealCredentials(id, credentials),
      })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst();
    return row ? recordOf(row, this.seals) : null;
  }

  /** The checks that have this connection key or this token: one, or two where the keys were mixed up. */
  private async findByKeys(
    trx: Transaction<Tables>,
    { connKey, onceToken }: CheckCredentials,
  ): Promise<{ record: IdentityCheckRecord; credentials: CheckCredentials }[]> {
    const rows = await trx
      .selectFrom('identity_checks')
      .selectAll()
      .where((eb) =>
        eb.or([
          eb('conn_key_hash', 'in', this.seals.connKeyHashes(connKey)),
          eb('once_token_hash', 'in', this.seals.onceTokenHashes(onceToken)),
        ]),
      )
      .execute();
    return rows.flatMap((row) =>
      row.keys
        ? [{ record: recordOf(row, this.seals), credentials: this.seals.openCredentials(row.id, row.keys) }]
        : [],
    );
  }

  /** Says whose a check is that was made without a person. */
  private async claim(trx: Transaction<Tables>, id: string, personId: string): Promise<IdentityCheckRecord> {
    const row = await trx
      .updateTable('identity_checks')
      .set({ person_id: personId })
      .where('id', '=', id)
      .where('person_id', 'is', null)
      .where('keys', 'is not', null)
      .returningAll()
      .executeTakeFirst();
    if (!row) throw changedMeanwhile();
    return recordOf(row, this.seals);
  }
}

function newCheck(
  { personId, identityType, queryType, subject }: CheckInput & { personId?: string | undefined },
  connKey: string,
  onceToken: string,
): NewCheck {
  if (personId !== undefined && !canBePersonId(personId))
    throw new IdentityCheckInputError('personId', 'personId has a character that no id has');
  return {
    personId: personId ?? null,
    identityType: checkWord('identityType', identityType),
    queryType,
    credentials: { connKey, onceToken, subject: checkSubject(subject) },
  };
}

/** Somebody claimed or erased the check between two statements: the transaction is run again, and finds it so. */
function changedMeanwhile(): DatabaseError {
  return new DatabaseError('busy', 'a check was changed while its keys were being taken');
}

/**
 * Both keys must be the same, and the request; whether the check is, decides the person. Without this, keys of one
 * person's check would show their verdict for whomever the caller names, or one verdict would pass for another's answer.
 */
function isSameCheck(
  { record, credentials }: { record: IdentityCheckRecord; credentials: CheckCredentials },
  wanted: NewCheck,
): boolean {
  const { connKey, onceToken, subject } = wanted.credentials;
  if (credentials.connKey !== connKey || credentials.onceToken !== onceToken) return false;
  if (record.identityType !== wanted.identityType || record.queryType !== wanted.queryType) return false;
  if (wanted.personId !== null && record.personId !== null) return record.personId === wanted.personId;
  return subjectName(credentials.subject) === subjectName(subject);
}
