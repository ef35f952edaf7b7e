import { useEffect, useEffectEvent, useRef } from 'react';
import { type CheckFragment } from '../../generated/graphql';
import { useFormat, useWords } from '../i18n/language';
import { useAnnounce } from '../ui/Announcer';
import { useSecondsLeft } from '../ui/clock';
import { Icon } from '../ui/Icon';
import { Notice } from '../ui/Notice';
import { Steps } from './Steps';
import { useSettling } from './useSettling';
import { Verdict } from './Verdict';

interface CurrentCheckProps {
  check: CheckFragment;
  onAnother: () => void;
}

/** The check that is being settled, from its start to its verdict. */
export function CurrentCheck({ check, onAnother }: CurrentCheckProps) {
  const words = useWords().identity;
  const announce = useAnnounce();
  const settling = useSettling(check);
  const { open, problem, asking, ask } = settling;
  const box = useRef<HTMLDivElement>(null);

  // The form that was here has gone, and with it the button that was pressed.
  useEffect(() => box.current?.focus({ preventScroll: true }), []);
  const say = useEffectEvent(() => announce(`${words.status[check.status]}. ${words.statusHint[check.status]}`));
  useEffect(() => say(), [check.status]);

  return (
    <div className="check" ref={box} tabIndex={-1} role="group" aria-label={words.title} data-status={check.status}>
      <Steps status={check.status} />
      {open ? (
        <div className="check__wait">
          <p className="check__status">{words.status[check.status]}</p>
          <p>{words.confirmHint}</p>
          {problem ? (
            <Notice problem={problem} vendor="zhima" retrying={asking} onRetry={() => void ask()} />
          ) : (
            <NextQuestion {...settling} />
          )}
        </div>
      ) : (
        <>
          <Verdict check={check} />
          <button type="button" className="button" onClick={onAnother}>
            {words.startAgain}
          </button>
        </>
      )}
    </div>
  );
}

function NextQuestion({ times, nextAt, asking, ask }: ReturnType<typeof useSettling>) {
  const words = useWords().identity;
  const { duration } = useFormat();
  const secondsLeft = useSecondsLeft(nextAt);
  const next = asking || (nextAt !== null && secondsLeft === 0) ? words.asking : words.nextIn(duration(secondsLeft));
  return (
    <div className="check__next">
      <span className="check__times">
        {times > 0 && `${words.asked(times)} · `}
        {nextAt === null && !asking ? words.paused : next}
      </span>
      <button
        type="button"
        className="button button--small"
        aria-disabled={asking}
        onClick={() => {
          if (!asking) void ask();
        }}
      >
        <Icon name="renew" />
        {words.askNow}
      </button>
    </div>
  );
}
