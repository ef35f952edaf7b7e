import { useMutation } from '@apollo/client/react';
import { useCallback, useEffect, useState } from 'react';
import { type CheckFragment, type IdentityCheckStatus } from '../../generated/graphql';
import { NOTHING_THERE, problemAt, type Problem } from '../graph/problems';
import { useVisible } from '../ui/clock';
import { SETTLE } from './documents';

/** How long to wait before each question: soon at first, then ever more slowly; after the last, the person decides. */
const PAUSES_MS = [1_000, 2_000, 2_000, 3_000, 5_000, 5_000, 8_000, 8_000, 13_000, 13_000];

export const isOpen = (status: IdentityCheckStatus): boolean => status === 'STARTED' || status === 'WAITING';

interface Asking {
  times: number;
  /** When the next question goes out by itself; null: not by itself. */
  nextAt: number | null;
  asking: boolean;
  problem: Problem | null;
}

/**
 * Asks for a check's verdict until there is one. Asking again is safe: the server keeps a final verdict and does not ask
 * the vendor twice. A failure stops the asking; the person starts it again.
 */
export function useSettling(check: CheckFragment) {
  const [settle] = useMutation(SETTLE);
  const visible = useVisible();
  const [{ times, nextAt, asking, problem }, setAsking] = useState<Asking>(() => ({
    times: 0,
    nextAt: Date.now() + (PAUSES_MS[0] ?? 0),
    asking: false,
    problem: null,
  }));
  const open = isOpen(check.status);

  const ask = useCallback(async () => {
    setAsking((before) => ({ ...before, asking: true }));
    const { data, error } = await settle({ variables: { id: check.id } });
    const failure = data ? null : (problemAt(error, 'settleIdentityCheck') ?? NOTHING_THERE);
    setAsking((before) => {
      const pause = PAUSES_MS[before.times + 1];
      const goesOn = failure === null && pause !== undefined;
      return { times: before.times + 1, nextAt: goesOn ? Date.now() + pause : null, asking: false, problem: failure };
    });
  }, [settle, check.id]);

  useEffect(() => {
    if (!open || asking || nextAt === null || !visible) return;
    const timer = setTimeout(() => void ask(), Math.max(0, nextAt - Date.now()));
    return () => clearTimeout(timer);
  }, [open, asking, nextAt, visible, ask]);

  return { open, times, nextAt, asking, problem, ask };
}
