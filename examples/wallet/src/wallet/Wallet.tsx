import { useQuery } from '@apollo/client/react';
import { graphql } from '../../generated';
import { GiftCards } from '../cards/GiftCards';
import { ExchangeCodes } from '../codes/ExchangeCodes';
import { problemAt } from '../graph/problems';
import { useWords } from '../i18n/language';
import { IdentityChecks } from '../identity/IdentityChecks';
import { Pass } from '../pass/Pass';
import { Avatar } from '../picker/PersonTile';
import { useSession } from '../session';
import { Icon } from '../ui/Icon';
import { Notice } from '../ui/Notice';
import { useViewTitle } from '../ui/useViewTitle';
import { SectionNav } from './SectionNav';

const PERSON = graphql(`
  query Person($id: ID!) {
    person(id: $id) {
      id
      maskedName
      maskedMobile
    }
  }
`);

/** One person's wallet. Each part asks for itself, so that a slow or failing vendor keeps none of the others waiting. */
export function Wallet({ personId }: { personId: string }) {
  const words = useWords();
  const { open } = useSession();
  const { data, error, loading, refetch } = useQuery(PERSON, { variables: { id: personId } });
  const person = data?.person;
  const problem = problemAt(error, 'person');
  const heading = useViewTitle(person ? words.wallet.title(person.maskedName) : null);
  const missing = !loading && !person && !problem;

  return (
    <div className="wallet">
      <div className="owner">
        <a
          className="button button--quiet owner__back"
          href="/"
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            open(null);
          }}
        >
          <Icon name="back" />
          {words.wallet.back}
        </a>
        {person && (
          <div className="owner__who">
            <Avatar name={person.maskedName} />
            <div>
              <h1 ref={heading} tabIndex={-1}>
                {words.wallet.title(person.maskedName)}
              </h1>
              <p>{person.maskedMobile ?? words.picker.noMobile}</p>
            </div>
          </div>
        )}
      </div>
      {loading && !person && !problem && <p className="visually-hidden">{words.loading}</p>}
      {missing && <p className="empty">{words.wallet.notFound}</p>}
      {problem && (
        <section>
          <Notice problem={problem} retrying={loading} onRetry={() => void refetch()} />
        </section>
      )}
      {person && (
        <>
          <SectionNav />
          <div className="wallet__columns">
            <Pass personId={person.id} name={person.maskedName} />
            <div className="wallet__column">
              <GiftCards personId={person.id} />
              <ExchangeCodes />
              <IdentityChecks personId={person.id} />
            </div>
          </div>
        </>
      )}
    </div>
  );
}
