import { useMutation, useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { NOTHING_THERE, problemAt, type Problem } from '../graph/problems';
import { useMore } from '../graph/useMore';
import { useWords } from '../i18n/language';
import { Notice } from '../ui/Notice';
import { Panel } from '../ui/Panel';
import { CurrentCheck } from './CurrentCheck';
import { IDENTITY_CHECKS, START } from './documents';
import { History } from './History';
import { StartForm, type Choice } from './StartForm';

const PAGE = 5;

/** Zhima: a check is started, confirmed by the person elsewhere, and settled. */
export function IdentityChecks({ personId }: { personId: string }) {
  const words = useWords().identity;
  const { data, error, loading, refetch, fetchMore } = useQuery(IDENTITY_CHECKS, {
    variables: { personId, first: PAGE },
  });
  const [start, { loading: starting }] = useMutation(START);
  const [currentId, setCurrentId] = useState<string | null>(null);
  const [lastChoice, setLastChoice] = useState<Choice | null>(null);
  const [refused, setRefused] = useState<Problem | null>(null);
  /** Null until something older was asked for: before that, a full first page is all that is known. */
  const [hasOlder, setHasOlder] = useState<boolean | null>(null);

  const checks = data?.person?.identityChecks ?? null;
  const current = checks?.find(({ id }) => id === currentId);
  const problem = problemAt(error, 'person', 'identityChecks');

  const begin = async (choice: Choice) => {
    setLastChoice(choice);
    const { data: started, error: failure } = await start({ variables: { input: { personId, ...choice } } });
    if (!started) {
      setRefused(problemAt(failure, 'startIdentityCheck') ?? NOTHING_THERE);
      return;
    }
    setRefused(null);
    setHasOlder(null);
    await refetch();
    setCurrentId(started.startIdentityCheck.check.id);
  };

  const { more, problem: moreProblem } = useMore(async () => {
    const older = await fetchMore({ variables: { after: checks?.at(-1)?.id ?? null } });
    setHasOlder(older.data.person?.identityChecks?.length === PAGE);
  });

  return (
    <Panel id="identity" icon="identity" title={words.title} busy={loading || starting}>
      <p className="panel__lead">{words.lead}</p>
      {current ? (
        <CurrentCheck key={current.id} check={current} onAnother={() => setCurrentId(null)} />
      ) : (
        <StartForm starting={starting} onStart={(choice) => void begin(choice)} />
      )}
      {refused && !current && (
        <Notice
          problem={refused}
          vendor="zhima"
          retrying={starting}
          onRetry={() => {
            if (lastChoice) void begin(lastChoice);
          }}
        />
      )}
      {problem && <Notice problem={problem} vendor="zhima" retrying={loading} onRetry={() => void refetch()} />}
      {checks && (
        <History
          checks={checks.filter(({ id }) => id !== currentId)}
          onContinue={setCurrentId}
          onMore={(hasOlder ?? checks.length >= PAGE) ? more : null}
        />
      )}
      {moreProblem && <Notice problem={moreProblem} vendor="zhima" onRetry={more} />}
    </Panel>
  );
}
