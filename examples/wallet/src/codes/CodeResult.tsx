import { useFormat, useWords } from '../i18n/language';
import { Icon, type IconName } from '../ui/Icon';
import { Notice } from '../ui/Notice';
import { type CodeCheck } from './useCodeChecks';

const ICONS: Record<CodeCheck['state'], IconName> = {
  checking: 'wait',
  redeemable: 'check',
  'not-redeemable': 'cross',
  failed: 'alert',
};

interface CodeResultProps {
  check: CodeCheck;
  onRetry: () => void;
}

export function CodeResult({ check: { code, state, checkedAt, problem }, onRetry }: CodeResultProps) {
  const words = useWords().codes;
  const { time } = useFormat();
  const verdict = {
    checking: words.checking,
    redeemable: words.redeemable,
    'not-redeemable': words.notRedeemable,
    failed: words.unknown,
  }[state];
  const hint = { redeemable: words.redeemableHint, 'not-redeemable': words.notRedeemableHint }[state as string];
  return (
    <li className="code-result" data-state={state} data-exchange-code={code}>
      <span className="code-result__mark">
        <Icon name={ICONS[state]} />
      </span>
      <div className="code-result__text">
        <code className="code-result__code">{code}</code>
        <p className="code-result__hint">
          {hint}
          {checkedAt !== null && ` · ${words.checkedAt(time(checkedAt))}`}
        </p>
        {problem && <Notice problem={problem} vendor="zvcms" retrying={state === 'checking'} onRetry={onRetry} />}
      </div>
      <strong className="code-result__verdict">{verdict}</strong>
    </li>
  );
}
