import { useEffect, useLayoutEffect, useRef } from 'react';
import { type Problem, type Vendor } from '../graph/problems';
import { useFormat, useWords } from '../i18n/language';
import { useAnnounce } from './Announcer';
import { useSecondsLeft } from './clock';
import { Icon, type IconName } from './Icon';

interface NoticeProps {
  problem: Problem;
  /** Whose part of the wallet this is, for problems that name no vendor. */
  vendor?: Vendor;
  retrying?: boolean;
  onRetry?: () => void;
}

/** What went wrong in one part of the wallet, in words, and when asking again makes sense. */
export function Notice({ problem, vendor, retrying = false, onRetry }: NoticeProps) {
  const words = useWords().problem;
  const announce = useAnnounce();
  const secondsLeft = useSecondsLeft(problem.retryAt);
  const box = useFocusKeptInPanel();
  const { title, hint } = words.texts[problem.code];
  const named = problem.vendor ?? vendor;
  const headline = title(named ? words.vendors[named] : words.unknownVendor);
  const waits = problem.retryAt !== null;
  const ready = waits && secondsLeft === 0;

  useEffect(() => announce(headline), [announce, headline]);
  useEffect(() => {
    if (ready) announce(words.retryReady);
  }, [announce, ready, words]);

  return (
    <div className={`notice notice--${LOOKS[problem.code].tone}`} data-code={problem.graphCode} ref={box}>
      <Icon name={LOOKS[problem.code].icon} />
      <div className="notice__text">
        <p className="notice__title">{headline}</p>
        <p>{words.vendorTexts[problem.vendorCode ?? ''] ?? hint}</p>
        <Missing fields={problem.missing} />
        <div className="notice__actions">
          {problem.code === 'UNAUTHENTICATED' && (
            <a className="button button--small" href="/#sign-in">
              {words.signIn}
            </a>
          )}
          {problem.retryable && onRetry && (
            <RetryButton secondsLeft={secondsLeft} retrying={retrying} onRetry={onRetry} />
          )}
        </div>
        <ForSupport problem={problem} />
      </div>
    </div>
  );
}

/** `calm`: nothing is broken, this is how things stand; `passing`: it will get better; `broken`: somebody has to act. */
interface Look {
  tone: 'calm' | 'passing' | 'broken';
  icon: IconName;
}

const PASSING: Look = { tone: 'passing', icon: 'wait' };
const BROKEN: Look = { tone: 'broken', icon: 'alert' };
const LOCKED: Look = { tone: 'calm', icon: 'lock' };

const LOOKS: Record<Problem['code'], Look> = {
  VENDOR_TIMEOUT: PASSING,
  VENDOR_UNAVAILABLE: { tone: 'passing', icon: 'alert' },
  VENDOR_THROTTLED: PASSING,
  VENDOR_REJECTED: BROKEN,
  VENDOR_MISCONFIGURED: BROKEN,
  VENDOR_PROTOCOL: BROKEN,
  VENDOR_DISABLED: { tone: 'calm', icon: 'alert' },
  PERSON_INCOMPLETE: { tone: 'calm', icon: 'person' },
  IDENTITY_CHECK_BUSY: PASSING,
  UNAUTHENTICATED: LOCKED,
  FORBIDDEN: LOCKED,
  BAD_USER_INPUT: BROKEN,
  NOT_FOUND: { tone: 'calm', icon: 'search' },
  CONFLICT: BROKEN,
  OPERATION_TOO_COMPLEX: BROKEN,
  OPERATION_NOT_TRUSTED: BROKEN,
  OFFLINE: { tone: 'passing', icon: 'alert' },
  OTHER: BROKEN,
};

interface RetryButtonProps {
  secondsLeft: number;
  retrying: boolean;
  onRetry: () => void;
}

/** Not `disabled` while it waits: a disabled button loses the focus, and a keyboard user their place. */
function RetryButton({ secondsLeft, retrying, onRetry }: RetryButtonProps) {
  const words = useWords().problem;
  const { duration } = useFormat();
  const idle = secondsLeft === 0 && !retrying;
  return (
    <button
      type="button"
      className="button button--small"
      aria-disabled={!idle}
      onClick={() => {
        if (idle) onRetry();
      }}
    >
      <Icon name={secondsLeft > 0 ? 'wait' : 'renew'} />
      {retrying ? words.retrying : secondsLeft > 0 ? words.retryIn(duration(secondsLeft)) : words.retry}
    </button>
  );
}

function Missing({ fields }: { fields: readonly string[] }) {
  const words = useWords().problem;
  const { either } = useFormat();
  if (fields.length === 0) return null;
  return (
    <p className="notice__missing">{words.missing(either(fields.map((field) => words.fields[field] ?? field)))}</p>
  );
}

function ForSupport({ problem }: { problem: Problem }) {
  const words = useWords();
  const rows = [
    [words.problem.code, problem.graphCode],
    [words.problem.vendorCode, problem.vendorCode],
    [words.problem.requestId, problem.requestId],
  ] as const;
  return (
    <details className="notice__details">
      <summary>{words.details}</summary>
      <dl>
        {rows.map(([name, value]) =>
          value === null ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
    </details>
  );
}

/** When a retry succeeds, the button that was pressed is gone; the focus goes to the panel's heading instead of nowhere. */
function useFocusKeptInPanel() {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = box.current;
    return () => {
      if (element?.contains(document.activeElement)) element.closest('section')?.querySelector('h2')?.focus();
    };
  }, []);
  return box;
}
