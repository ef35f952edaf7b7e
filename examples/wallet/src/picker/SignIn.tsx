import { useApolloClient } from '@apollo/client/react';
import { useRef, useState, type SyntheticEvent } from 'react';
import { graphql } from '../../generated';
import { problemsOf } from '../graph/problems';
import { useWords } from '../i18n/language';
import { useSession } from '../session';
import { useAnnounce } from '../ui/Announcer';
import { Icon } from '../ui/Icon';

const ME = graphql(`
  query Me {
    me {
      id
    }
  }
`);

type Failure = 'empty' | 'refused' | 'failed';

/** A token is tried before it is kept: whose it is decides what opens next. */
export function SignIn() {
  const words = useWords().signIn;
  const client = useApolloClient();
  const announce = useAnnounce();
  const { signIn } = useSession();
  const field = useRef<HTMLInputElement>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);

  const fail = (why: Failure) => {
    setFailure(why);
    setBusy(false);
    field.current?.focus();
  };

  const submit = async () => {
    const token = field.current?.value.trim() ?? '';
    if (token === '') {
      fail('empty');
      return;
    }
    setBusy(true);
    const { data, error } = await client.query({
      query: ME,
      fetchPolicy: 'no-cache',
      context: { headers: { authorization: `Bearer ${token}` } },
    });
    const [problem] = problemsOf(error);
    if (problem) {
      fail(problem.code === 'UNAUTHENTICATED' ? 'refused' : 'failed');
      return;
    }
    const me = data?.me?.id ?? null;
    if (me === null) announce(words.noPerson);
    await signIn(token, me);
  };

  return (
    <section className="sign-in" id="sign-in" aria-labelledby="sign-in-heading">
      <h2 id="sign-in-heading">
        <Icon name="lock" />
        {words.title}
      </h2>
      <p id="sign-in-lead">{words.lead}</p>
      <form
        noValidate
        onSubmit={(event: SyntheticEvent) => {
          event.preventDefault();
          void submit();
        }}
      >
        <label className="field">
          <span className="field__label">{words.token}</span>
          <input
            ref={field}
            // So that a token on a shared screen is not read by others; no browser keeps it as a password.
            type="password"
            autoComplete="off"
            spellCheck={false}
            aria-invalid={failure !== null}
            aria-describedby="sign-in-lead sign-in-failure"
          />
        </label>
        <p id="sign-in-failure" className="field__failure" role="alert">
          {failure && words[failure]}
        </p>
        <button type="submit" className="button button--primary" aria-disabled={busy}>
          {busy ? words.busy : words.submit}
        </button>
      </form>
    </section>
  );
}
