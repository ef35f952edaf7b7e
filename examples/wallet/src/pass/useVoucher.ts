import { useApolloClient } from '@apollo/client/react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { graphql } from '../../generated';
import { type QrCodeType, type VoucherQuery } from '../../generated/graphql';
import { NOTHING_THERE, problemAt, type Problem } from '../graph/problems';
import { CODE_VALID_SECONDS } from '../settings';
import { useVisible } from '../ui/clock';

const VOUCHER = graphql(`
  query Voucher($personId: ID!, $activityCode: String!, $qrCodeType: QrCodeType!, $validSeconds: Int) {
    person(id: $personId) {
      id
      voucher(activityCode: $activityCode, qrCodeType: $qrCodeType, validSeconds: $validSeconds) {
        qrCode
        qrCodePicture(format: SVG, size: 512)
        issuedAt
        expiresAt
      }
    }
  }
`);

export type Voucher = NonNullable<NonNullable<VoucherQuery['person']>['voucher']>;

export interface Shown {
  voucher: Voucher;
  /** By this device's clock; null for a code that does not expire. */
  deadline: number | null;
  lifetimeMs: number;
  /** False for the first one. */
  isRenewal: boolean;
}

interface State {
  shown: Shown | null;
  problem: Problem | null;
  loading: boolean;
}

interface Wanted {
  personId: string;
  activityCode: string;
  qrCodeType: QrCodeType;
}

/** A code is renewed when a tenth of its life is left, or ten seconds of a longer one. */
const renewalMarginMs = (lifetimeMs: number) => Math.min(10_000, lifetimeMs / 10);

/**
 * A voucher, renewed before it expires for as long as the page can be seen. After a failure nothing is asked by itself:
 * the code at hand stays until it expires, and the person decides.
 */
export function useVoucher({ personId, activityCode, qrCodeType }: Wanted) {
  const client = useApolloClient();
  const visible = useVisible();
  const [{ shown, problem, loading }, setState] = useState<State>({ shown: null, problem: null, loading: true });
  const latest = useRef(0);

  const ask = useCallback(
    async (isRenewal: boolean) => {
      const request = ++latest.current;
      const sentAt = Date.now();
      const validSeconds = qrCodeType === 'DYNAMIC' ? CODE_VALID_SECONDS : null;
      const { data, error } = await client.query({
        query: VOUCHER,
        variables: { personId, activityCode, qrCodeType, validSeconds },
        // A code is for showing now: one from a cache could be another's, or used.
        fetchPolicy: 'no-cache',
      });
      // Something else has been asked for in the meantime.
      if (request !== latest.current) return;
      const voucher = data?.person?.voucher;
      if (!voucher) {
        const failure = problemAt(error, 'person', 'voucher') ?? NOTHING_THERE;
        setState((before) => ({ shown: before.shown, problem: failure, loading: false }));
        return;
      }
      setState({ shown: { ...lastingFrom(sentAt, voucher), isRenewal }, problem: null, loading: false });
    },
    [client, personId, activityCode, qrCodeType],
  );

  const renew = useCallback(() => {
    setState((before) => ({ ...before, loading: true }));
    void ask(true);
  }, [ask]);

  useEffect(() => {
    // In a timer, so that what is mounted and taken away at once asks for no code.
    const timer = setTimeout(() => void ask(false), 0);
    return () => {
      clearTimeout(timer);
      latest.current += 1;
    };
  }, [ask]);

  const deadline = shown?.deadline ?? null;
  const lifetimeMs = shown?.lifetimeMs ?? 0;
  const failed = problem !== null;
  useEffect(() => {
    if (deadline === null || !visible || failed || loading) return;
    const timer = setTimeout(renew, Math.max(0, deadline - renewalMarginMs(lifetimeMs) - Date.now()));
    return () => clearTimeout(timer);
  }, [deadline, lifetimeMs, visible, failed, loading, renew]);

  return { shown, problem, loading, renew };
}

/**
 * How long the code lasts is what the server's two times say; when that began is this device's. So a phone whose clock is
 * wrong counts down rightly all the same.
 */
function lastingFrom(sentAt: number, voucher: Voucher): Omit<Shown, 'isRenewal'> {
  if (!voucher.expiresAt) return { voucher, deadline: null, lifetimeMs: 0 };
  const lifetimeMs = Date.parse(voucher.expiresAt) - Date.parse(voucher.issuedAt);
  return { voucher, deadline: sentAt + lifetimeMs, lifetimeMs };
}
