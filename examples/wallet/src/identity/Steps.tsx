import { type IdentityCheckStatus } from '../../generated/graphql';
import { useWords } from '../i18n/language';
import { Icon } from '../ui/Icon';

const STEPS = ['start', 'confirm', 'verdict'] as const;

/** Which step is under way: the first is done as soon as there is a check. */
const stepOf = (status: IdentityCheckStatus) => (status === 'STARTED' || status === 'WAITING' ? 1 : 2);

export function Steps({ status }: { status: IdentityCheckStatus }) {
  const words = useWords().identity;
  const now = stepOf(status);
  const isOver = now === 2;
  return (
    <ol className="steps" role="list">
      {STEPS.map((step, at) => {
        const done = at < now || isOver;
        return (
          <li
            key={step}
            className={`steps__step ${done ? 'steps__step--done' : ''}`}
            aria-current={at === now ? 'step' : undefined}
          >
            <span className="steps__mark" aria-hidden="true">
              {done ? <Icon name="check" /> : at + 1}
            </span>
            {words.steps[step]}
            {done && <span className="visually-hidden"> ({words.stepDone})</span>}
          </li>
        );
      })}
    </ol>
  );
}
