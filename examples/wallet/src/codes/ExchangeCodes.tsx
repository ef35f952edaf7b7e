import { useRef, useState, type SyntheticEvent } from 'react';
import { useWords } from '../i18n/language';
import { SAMPLE_CODES } from '../settings';
import { useAnnounce } from '../ui/Announcer';
import { Panel } from '../ui/Panel';
import { CodeResult } from './CodeResult';
import { MOST_CODES, useCodeChecks } from './useCodeChecks';

/** zvcms: whether codes can be exchanged. They belong to nobody until they are, so they are typed in. */
export function ExchangeCodes() {
  const words = useWords().codes;
  const announce = useAnnounce();
  const field = useRef<HTMLTextAreaElement>(null);
  const [typed, setTyped] = useState('');
  const [failure, setFailure] = useState<'empty' | 'tooMany' | null>(null);
  const { checks, check, clear } = useCodeChecks();
  const checking = checks.some(({ state }) => state === 'checking');

  const ask = async (codes: readonly string[]) => {
    const answered = await check(codes);
    announce(words.summary(answered.length, answered.filter(({ state }) => state === 'redeemable').length));
  };

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (checking) return;
    const codes = codesIn(typed);
    const wrong = codes.length === 0 ? 'empty' : codes.length > MOST_CODES ? 'tooMany' : null;
    setFailure(wrong);
    if (wrong) {
      field.current?.focus();
      return;
    }
    setTyped('');
    void ask(codes);
  };

  return (
    <Panel
      id="codes"
      icon="codes"
      title={words.title}
      busy={checking}
      actions={
        checks.length > 0 && (
          <button
            type="button"
            className="button button--quiet"
            onClick={() => {
              clear();
              field.current?.focus();
            }}
          >
            {words.clear}
          </button>
        )
      }
    >
      <form className="code-form" onSubmit={submit} noValidate>
        <label className="field">
          <span className="field__label">{words.label}</span>
          <textarea
            ref={field}
            rows={2}
            value={typed}
            autoCapitalize="off"
            autoComplete="off"
            spellCheck={false}
            aria-invalid={failure !== null}
            aria-describedby="codes-hint codes-failure"
            onChange={({ target }) => setTyped(target.value)}
          />
        </label>
        <p id="codes-hint" className="field__hint">
          {words.hint}
        </p>
        <p id="codes-failure" className="field__failure" role="alert">
          {failure && words[failure]}
        </p>
        <button type="submit" className="button button--primary" aria-disabled={checking}>
          {checking ? words.checking : words.check}
        </button>
      </form>
      <Samples onPick={(code) => setTyped((before) => [...new Set([...codesIn(before), code])].join('\n'))} />
      {checks.length > 0 && (
        <ul className="code-results" role="list" aria-label={words.results}>
          {checks.map((one) => (
            <CodeResult key={one.code} check={one} onRetry={() => void ask([one.code])} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Samples({ onPick }: { onPick: (code: string) => void }) {
  const words = useWords().codes;
  if (SAMPLE_CODES.length === 0) return null;
  return (
    <div className="samples" role="group" aria-label={words.samples}>
      <span aria-hidden="true">{words.samples}</span>
      {SAMPLE_CODES.map((code) => (
        <button key={code} type="button" className="chip chip--button" onClick={() => onPick(code)}>
          {code}
        </button>
      ))}
    </div>
  );
}

/** As people paste them: by spaces, commas (Chinese ones too) or lines; one written twice is asked for once. */
function codesIn(typed: string): string[] {
  return [...new Set(typed.split(/[\s,，、;；]+/).filter((code) => code !== ''))];
}
