import { createHash } from 'node:crypto';

/** What becomes of a check: a verdict after a while, none ever, a refusal with this code, or a verdict lost on its way. */
type SandboxOutcome = 'SUCCESS' | 'FAILED' | 'NEVER' | 'LOST' | { refusal: string };

/**
 * The sandbox's Alipay accounts by user id. Invented people whose `alipayUserId` is one of these (or whose
 * `alipayOpenId` is the account's) get this outcome; every other identity, certificate numbers included, is trusted
 * after the usual wait.
 *
 * | user id            | a check of this person                                                      |
 * | ------------------ | --------------------------------------------------------------------------- |
 * | `2088000000000001` | WAITING for three seconds, then TRUSTED                                     |
 * | `2088000000000002` | WAITING for three seconds, then NOT_TRUSTED                                 |
 * | `2088000000000003` | WAITING for ever: the person never confirms                                 |
 * | `2088000000000004` | REFUSED with USER_NOT_AUTHORIZE                                             |
 * | `2088000000000005` | REFUSED with USER_NOT_OPEN_JOBWORTH                                         |
 * | `2088000000000006` | TRUSTED at once                                                             |
 * | `2088000000000007` | the answer is lost on the wire (VENDOR_UNAVAILABLE), then LOST              |
 * | `2088000000000008` | REFUSED with RISK_INTERCEPT                                                 |
 */
export const SANDBOX_ALIPAY_ACCOUNTS: Record<string, { openId: string; outcome: SandboxOutcome; atOnce?: boolean }> = {
  '2088000000000001': { openId: 'sandbox-open-id-trusted', outcome: 'SUCCESS' },
  '2088000000000002': { openId: 'sandbox-open-id-not-trusted', outcome: 'FAILED' },
  '2088000000000003': { openId: 'sandbox-open-id-never-confirms', outcome: 'NEVER' },
  '2088000000000004': { openId: 'sandbox-open-id-not-authorized', outcome: { refusal: 'USER_NOT_AUTHORIZE' } },
  '2088000000000005': { openId: 'sandbox-open-id-no-job-record', outcome: { refusal: 'USER_NOT_OPEN_JOBWORTH' } },
  '2088000000000006': { openId: 'sandbox-open-id-trusted-at-once', outcome: 'SUCCESS', atOnce: true },
  '2088000000000007': { openId: 'sandbox-open-id-answer-lost', outcome: 'LOST', atOnce: true },
  '2088000000000008': { openId: 'sandbox-open-id-risk', outcome: { refusal: 'RISK_INTERCEPT' } },
};

/** How long, or how often, a token answers WAITING_VERIFY before its verdict is there. */
export type SandboxWait = { ms: number } | { times: number };

type TokenAnswer = { refusal: string } | { result: Record<string, string>; lost: boolean };

interface Token {
  onceToken: string;
  identityType: string;
  firstAskedAt: number;
  asked: number;
  spent: boolean;
}

/** The vendor's side of "once": a verdict is told by one successful query, after which its token is invalid. */
export class SandboxTokens {
  private readonly byConnKey = new Map<string, Token>();

  constructor(private readonly wait: SandboxWait) {}

  /** One query as the vendor sees it. `final` skips the wait. */
  ask(query: URLSearchParams, nowMs: number, final = false): TokenAnswer {
    const connKey = query.get('conn_key') ?? '';
    const onceToken = query.get('once_token') ?? '';
    const identityType = query.get('identity_type') ?? '';
    // The app's sign page would have told the vendor of these keys before; here the first query does.
    const known = this.byConnKey.get(connKey);
    const token = known ?? { onceToken, identityType, firstAskedAt: nowMs, asked: 0, spent: false };
    if (!known) this.byConnKey.set(connKey, token);
    if (token.onceToken !== onceToken || token.spent) return { refusal: 'TOKEN_INVALID' };
    if (token.identityType !== identityType) return { refusal: 'TOKEN_NOT_MATCH_IDENTITY_TYPE' };

    const { userId, openId, account } = findAccount(query);
    const outcome = account?.outcome ?? 'SUCCESS';
    if (typeof outcome === 'object') return outcome;
    token.asked += 1;
    if (!final && (outcome === 'NEVER' || (!account?.atOnce && this.mustWait(token, nowMs))))
      return { result: { identity_result: 'WAITING_VERIFY' }, lost: false };
    token.spent = true;
    const person = userId ?? openId ?? query.get('cert_no') ?? '';
    return {
      lost: outcome === 'LOST',
      result: {
        identity_result: outcome === 'FAILED' ? 'FAILED' : 'SUCCESS',
        identity_result_skip_url: 'alipays://platformapi/startapp?appId=2021000000000000',
        merchant_identity_id: `V1_${createHash('md5').update(person).digest('hex')}`,
        token_status: 'FINISH',
        ...(openId === undefined ? {} : { open_id: openId }),
        ...(userId === undefined ? {} : { user_id: userId }),
      },
    };
  }

  private mustWait({ asked, firstAskedAt }: Token, nowMs: number): boolean {
    return 'times' in this.wait ? asked <= this.wait.times : nowMs - firstAskedAt < this.wait.ms;
  }
}

function findAccount(query: URLSearchParams) {
  const askedUserId = query.get('user_id') ?? undefined;
  const askedOpenId = query.get('open_id') ?? undefined;
  const found = Object.entries(SANDBOX_ALIPAY_ACCOUNTS).find(([userId, { openId }]) =>
    askedUserId === undefined ? openId === askedOpenId : userId === askedUserId,
  );
  return { userId: found?.[0] ?? askedUserId, openId: found?.[1].openId ?? askedOpenId, account: found?.[1] };
}
