import { type Insertable, type Selectable } from 'kysely';
import { type Cipher } from '../../database/cipher.js';
import { type IdentityChecksTable } from './tables.js';
import { refusalMessage } from '../zhima/refusals.js';
import { type IdentityQueryType, type ZhimaAnswer, type ZhimaSubject } from '../zhima/wire.js';

export type IdentityCheckStatus = IdentityChecksTable['status'];

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
export interface CheckKeys {
  connKey: string;
  onceToken: string;
  subject: ZhimaSubject;
}

type Result = Pick<ZhimaAnswer, 'resultPageUrl' | 'merchantIdentityId'>;
type SealedKeys = Pick<Insertable<IdentityChecksTable>, 'key_id' | 'keys' | 'conn_key_hash' | 'subject_hash'>;

/** What of a check is sealed, and the hashes by which it is found without being opened. */
export class LedgerSeals {
  constructor(private readonly cipher: Cipher) {}

  sealKeys(id: string, keys: CheckKeys): Required<SealedKeys> {
    return {
      key_id: this.cipher.keyId,
      keys: this.cipher.seal(JSON.stringify(keys), keysPlace(id)),
      conn_key_hash: this.connKeyHashes(keys.connKey)[0] ?? null,
      subject_hash: this.subjectHashes(keys.subject)[0] ?? null,
    };
  }

  openKeys(id: string, sealed: Buffer): CheckKeys {
    return JSON.parse(this.cipher.open(sealed, keysPlace(id))) as CheckKeys;
  }

  sealResult(id: string, { resultPageUrl, merchantIdentityId }: Result): Buffer {
    return this.cipher.seal(JSON.stringify({ resultPageUrl, merchantIdentityId }), resultPlace(id));
  }

  openResult(id: string, sealed: Buffer): Result {
    return JSON.parse(this.cipher.open(sealed, resultPlace(id))) as Result;
  }

  /** One for each key that can be read, the current one first. */
  connKeyHashes(connKey: string): Buffer[] {
    return this.cipher.blindIndexes('identity check connection key', connKey);
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

export function recordOf(row: Selectable<IdentityChecksTable>, seals: LedgerSeals): IdentityCheckRecord {
  const result = row.result ? seals.openResult(row.id, row.result) : { resultPageUrl: null, merchantIdentityId: null };
  return {
    id: row.id,
    personId: row.person_id,
    identityType: row.identity_type,
    queryType: row.query_type,
    status: row.status,
    refusal: row.refusal_code === null ? null : { code: row.refusal_code, message: refusalMessage(row.refusal_code) },
    ...result,
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
