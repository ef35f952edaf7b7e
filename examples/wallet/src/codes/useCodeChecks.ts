import { useApolloClient } from '@apollo/client/react';
import { useState } from 'react';
import { graphql } from '../../generated';
import { NOTHING_THERE, problemAt, problemsOf, type Problem } from '../graph/problems';

/** The graph's limit for one question. */
export const MOST_CODES = 100;

const EXCHANGE_CODES = graphql(`
  query ExchangeCodes($codes: [String!]!) {
    exchangeCodes(codes: $codes) {
      code
      redeemable
      checkedAt
    }
  }
`);

export interface CodeCheck {
  code: string;
  state: 'checking' | 'redeemable' | 'not-redeemable' | 'failed';
  checkedAt: string | null;
  problem: Problem | null;
}

/** Checked codes, the newest first, each with its own outcome: a code that could not be checked leaves the others be. */
export function useCodeChecks() {
  const client = useApolloClient();
  const [checks, setChecks] = useState<readonly CodeCheck[]>([]);

  const check = async (codes: readonly string[]): Promise<readonly CodeCheck[]> => {
    const asked = codes.map((code) => ({ code, state: 'checking' as const, checkedAt: null, problem: null }));
    // One that is asked again stays where it is.
    setChecks((before) => [
      ...asked.filter(({ code }) => !before.some((known) => known.code === code)),
      ...before.map((known): CodeCheck => (codes.includes(known.code) ? { ...known, state: 'checking' } : known)),
    ]);
    const { data, error } = await client.query({
      query: EXCHANGE_CODES,
      variables: { codes: [...codes] },
      fetchPolicy: 'network-only',
    });
    const answered = codes.map((code, at): CodeCheck => {
      const found = data?.exchangeCodes?.[at];
      if (found) {
        const { redeemable, checkedAt } = found;
        return { code, state: redeemable ? 'redeemable' : 'not-redeemable', checkedAt, problem: null };
      }
      const problem = problemAt(error, 'exchangeCodes', at) ?? problemsOf(error)[0] ?? NOTHING_THERE;
      return { code, state: 'failed', checkedAt: null, problem };
    });
    setChecks((before) => before.map((known) => answered.find(({ code }) => code === known.code) ?? known));
    return answered;
  };

  return { checks, check, clear: () => setChecks([]) };
}
