import { useState, type SyntheticEvent } from 'react';
import { type IdentityQueryType } from '../../generated/graphql';
import { useWords } from '../i18n/language';
import { Segmented } from '../ui/Segmented';

export interface Choice {
  identityType: string;
  queryType: IdentityQueryType;
}

const MATCHES: readonly IdentityQueryType[] = ['EXACT', 'FUZZY'];

interface StartFormProps {
  starting: boolean;
  onStart: (choice: Choice) => void;
}

export function StartForm({ starting, onStart }: StartFormProps) {
  const words = useWords().identity;
  const [identityType, setIdentityType] = useState('04');
  const [queryType, setQueryType] = useState<IdentityQueryType>('EXACT');

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!starting) onStart({ identityType: identityType.trim(), queryType });
  };

  return (
    <form className="start-form" onSubmit={submit}>
      <label className="field">
        <span className="field__label">{words.type}</span>
        <input
          value={identityType}
          required
          maxLength={32}
          autoComplete="off"
          aria-describedby="identity-type-hint"
          onChange={({ target }) => setIdentityType(target.value)}
        />
        <span id="identity-type-hint" className="field__hint">
          {words.typeHint}
        </span>
      </label>
      <div className="field">
        <span className="field__label" aria-hidden="true">
          {words.match}
        </span>
        <Segmented
          label={words.match}
          options={MATCHES.map((value) => ({ value, text: words.matches[value] }))}
          value={queryType}
          onChange={setQueryType}
        />
      </div>
      <button type="submit" className="button button--primary" aria-disabled={starting}>
        {starting ? words.starting : words.start}
      </button>
    </form>
  );
}
