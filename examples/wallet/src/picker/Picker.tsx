import { useQuery } from '@apollo/client/react';
import { useDeferredValue, useState } from 'react';
import { graphql } from '../../generated';
import { problemAt } from '../graph/problems';
import { useMore } from '../graph/useMore';
import { useWords } from '../i18n/language';
import { useSession } from '../session';
import { Icon } from '../ui/Icon';
import { Notice } from '../ui/Notice';
import { useViewTitle } from '../ui/useViewTitle';
import { PersonTile } from './PersonTile';
import { SignIn } from './SignIn';

const PAGE = 24;

const DIRECTORY = graphql(`
  query Directory($first: Int!, $after: String, $search: String) {
    directory(first: $first, after: $after, search: $search) {
      totalCount
      edges {
        cursor
        node {
          ...PersonTile
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

/** The first view: somebody of the directory, or oneself by a token. */
export function Picker() {
  const words = useWords();
  const { signedIn } = useSession();
  const heading = useViewTitle(words.picker.title);
  return (
    <div className="picker">
      <div className="hero">
        <p className="hero__tagline">{words.tagline}</p>
        <h1 ref={heading} tabIndex={-1}>
          {words.picker.title}
        </h1>
        <p className="hero__lead">{words.picker.lead}</p>
        {!signedIn && (
          <a className="button button--on-dark" href="#sign-in">
            <Icon name="lock" />
            {words.signIn.title}
          </a>
        )}
      </div>
      <Directory />
      {!signedIn && <SignIn />}
    </div>
  );
}

function Directory() {
  const words = useWords();
  const [typed, setTyped] = useState('');
  const search = useDeferredValue(typed.trim()) || null;
  const { data, error, loading, refetch, fetchMore } = useQuery(DIRECTORY, { variables: { first: PAGE, search } });
  const problem = problemAt(error, 'directory');
  const directory = data?.directory;
  const found = directory?.edges ?? [];
  const { more, problem: moreProblem } = useMore(async () => {
    await fetchMore({ variables: { after: directory?.pageInfo.endCursor ?? null } });
  });

  return (
    <section className="directory" aria-labelledby="directory-heading" aria-busy={loading}>
      <header className="directory__head">
        <h2 id="directory-heading" tabIndex={-1}>
          {words.picker.people}
          {typeof directory?.totalCount === 'number' && (
            <small className="directory__count">{words.picker.count(directory.totalCount)}</small>
          )}
        </h2>
        <search>
          <label className="search-field">
            <span className="visually-hidden">{words.picker.search}</span>
            <Icon name="search" />
            <input
              type="search"
              value={typed}
              placeholder={words.picker.search}
              aria-describedby="search-hint"
              onChange={(event) => setTyped(event.target.value)}
            />
          </label>
          <span id="search-hint" className="visually-hidden">
            {words.picker.searchHint}
          </span>
        </search>
      </header>
      {problem && <Notice problem={problem} retrying={loading} onRetry={() => void refetch()} />}
      {loading && !directory && !problem && <TilesToCome />}
      {directory && found.length === 0 && <p className="empty">{words.picker.nobody}</p>}
      <ul className="people" role="list">
        {found.map(({ node }) => (
          <li key={node.id}>
            <PersonTile person={node} />
          </li>
        ))}
      </ul>
      {directory?.pageInfo.hasNextPage && (
        <button type="button" className="button" onClick={more}>
          {words.picker.more}
        </button>
      )}
      {moreProblem && <Notice problem={moreProblem} onRetry={more} />}
    </section>
  );
}

function TilesToCome() {
  const words = useWords();
  return (
    <div className="people">
      <span className="visually-hidden">{words.loading}</span>
      {Array.from({ length: 6 }, (_, at) => (
        <div key={at} className="skeleton skeleton--tile" />
      ))}
    </div>
  );
}
