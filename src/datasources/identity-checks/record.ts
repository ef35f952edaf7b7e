import { type Insertable, type Selectable } from 'kysely';
import { type Cipher } from '../../database/cipher.js';
import { type IdentityChecksTable } from './tables.js';
import {
  refusalMessage,
  type IdentityQueryType,
  type ZhimaAnswer,
  type ZhimaIdentity,
  type ZhimaSubject,
} from '../zhima/index.js';

export type IdentityCheckStatus = IdentityChecksTable['status'];
export type CheckRow = Selectable<IdentityChecksTable>;

/** One check as the graph shows it. */
export interface IdentityCheckRecord {
  id: string;
  /** Null where it was made without a person, or the person was forgotten. */
  personId: string | null;
  identityType: string;
  queryType: IdentityQueryType;
  status: IdentityCheckStatus;
  /** The vendor's code and our own words; only where the status is REFUSED. */
  refusal: { code: string; message: string } | null;
  resultPageUrl: string | null;
  merchantIdentityId: string | null;
  startedAt: Date;
  /** When the vendor was last asked, or may have been. */
  askedAt: Date | null;
  settledAt: Date | null;
}

/** What the vendor is asked with. Sealed at rest, never logged. */
export interface CheckCredentials {
  connKey: string;
  onceToken: string;
  subject: ZhimaSubject;
}

/** What an answer brought besides the verdict. Those of an older version have no user id and open id. */
export type Result = Pick<ZhimaAnswer, 'resultPageUrl'> & ZhimaIdentity;
type Columns<Name extends keyof IdentityChecksTable> = Required<Pick<Insertable<IdentityChecksTable>, Name>>;

/** What of a check is sealed, and the hashes by which it is found without being opened. */
export class LedgerSeals {
  constructor(private readonly cipher: Cipher) {}

  sealCredentials(
    id: string,
    credentials: CheckCredentials,
  ): Columns<'key_id' | 'keys' | 'conn_key_hash' | 'once_token_hash' | 'subject_hash'> {
    return {
      key_id: this.cipher.keyId,
      keys: this.cipher.seal(JSON.stringify(credentials), keysPlace(id)),
      conn_key_hash: this.connKeyHashes(credentials.connKey)[0] ?? null,
      once_token_hash: this.onceTokenHashes(credentials.onceToken)[0] ?? null,
      subject_hash: this.subjectHashes(credentials.subject)[0] ?? null,
    };
  }

  openCredentials(id: string, sealed: Buffer): CheckCredentials {
    return JSON.parse(this.cipher.open(sealed, keysPlace(id))) as CheckCredentials;
  }

  sealResult(id: string, result: Result): Columns<'result' | 'told_user_hash' | 'told_open_hash'> {
    const { resultPageUrl, merchantIdentityId, userId, openId } = result;
    const told = { resultPageUrl, merchantIdentityId, userId, openId };
    return {
      result: this.cipher.seal(JSON.stringify(told), resultPlace(id)),
      told_user_hash: userId == null ? null : (this.subjectHashes({ userId })[0] ?? null),
      told_open_hash: openId == null ? null : (this.subjectHashes({ openId })[0] ?? null),
    };
  }

  openResult({ id, result }: Pick<CheckRow, 'id' | 'result'>): Result {
    if (!result) return { resultPageUrl: null };
    return JSON.parse(this.cipher.open(result, resultPlace(id))) as Result;
  }

  /** One for each key that can be read, the current one first. */
  connKeyHashes(connKey: string): Buffer[] {
    return this.cipher.blindIndexes('identity check connection key', connKey);
  }

  onceTokenHashes(onceToken: string): Buffer[] {
    return this.cipher.blindIndexes('identity check once token', onceToken);
  }

  subjectHashes(subject: ZhimaSubject): Buffer[] {
    return this.cipher.blindIndexes('identity check subject', subjectName(subject));
  }
}

/** Who is asked about, in the vendor's order of preference: one text for one identity. */
export function subjectName({ userId, openId, certNo, certType }: ZhimaSubject): string {
  if (userId !== undefined) return `user ${userId}`;
  if (openId !== undefined) return `open ${openId}`;
  return `certificate ${certType ?? ''} ${certNo ?? ''}`;
}

/** Throws DatabaseError of kind `key` or `corrupt` where what came with the answer cannot be opened. */
export function recordOf(row: CheckRow, seals: LedgerSeals): IdentityCheckRecord {
  const { resultPageUrl, merchantIdentityId } = seals.openResult(row);
  return {
    id: row.id,
    personId: row.person_id,
    identityType: row.identity_type,
    queryType: row.query_type,
    status: row.status,
    refusal: row.refusal_code === null ? null : { code: row.refusal_code, message: refusalMessage(row.refusal_code) },
    resultPageUrl,
    merchantIdentityId: merchantIdentityId ?? null,
    startedAt: new Date(row.started_at),
    askedAt: dateOf(row.asked_at),
    settledAt: dateOf(row.settled_at),
  };
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}

function keysPlace(id: string): string {
  return `identity_checks/${id}/keys`;
}

function resultPlace(id: string): string {
  return `identity_checks/${id}/result`;
}
