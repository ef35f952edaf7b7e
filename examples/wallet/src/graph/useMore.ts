import { useState } from 'react';
import { NOTHING_THERE, problemsOf, type Problem } from './problems';

/** Fetches a further page; where that fails, what is there stays, and the problem is told beside it. */
export function useMore(fetchPage: () => Promise<void>): { more: () => void; problem: Problem | null } {
  const [problem, setProblem] = useState<Problem | null>(null);
  const attempt = async () => {
    setProblem(null);
    try {
      await fetchPage();
    } catch (failure) {
      setProblem(problemsOf(failure)[0] ?? NOTHING_THERE);
    }
  };
  return { more: () => void attempt(), problem };
}
