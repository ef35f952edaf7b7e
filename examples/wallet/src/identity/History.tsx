import { useId } from 'react';
import { type CheckFragment } from '../../generated/graphql';
import { useFormat, useWords } from '../i18n/language';
import { isOpen } from './useSettling';

interface HistoryProps {
  checks: readonly CheckFragment[];
  onContinue: (id: string) => void;
  /** Null where there is nothing older. */
  onMore: (() => void) | null;
}

/** Earlier checks; one that has no verdict yet can be taken up again. */
export function History({ checks, onContinue, onMore }: HistoryProps) {
  const words = useWords().identity;
  const { moment } = useFormat();
  const headingId = useId();
  if (checks.length === 0) return null;
  return (
    <div className="history">
      <h3 className="panel__subtitle" id={headingId}>
        {words.history}
      </h3>
      <ul role="list" aria-labelledby={headingId}>
        {checks.map((check) => (
          <li key={check.id} className="history__row" data-status={check.status}>
            <span className={`chip chip--${check.status}`}>{words.status[check.status]}</span>
            <span className="history__when">
              {check.settledAt ? words.settledAt(moment(check.settledAt)) : words.startedAt(moment(check.startedAt))}
            </span>
            {isOpen(check.status) && (
              <button type="button" className="button button--small" onClick={() => onContinue(check.id)}>
                {words.continue}
              </button>
            )}
          </li>
        ))}
      </ul>
      {onMore && (
        <button type="button" className="button button--quiet" onClick={onMore}>
          {words.more}
        </button>
      )}
    </div>
  );
}
