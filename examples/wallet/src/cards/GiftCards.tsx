import { useQuery } from '@apollo/client/react';
import { useId, useState } from 'react';
import { graphql } from '../../generated';
import { type GiftCardFragment } from '../../generated/graphql';
import { problemAt } from '../graph/problems';
import { useWords } from '../i18n/language';
import { useAnnounce } from '../ui/Announcer';
import { Icon } from '../ui/Icon';
import { Notice } from '../ui/Notice';
import { Panel } from '../ui/Panel';
import { Balance } from './Balance';
import { Card, CardRow } from './Card';

const GIFT_CARDS = graphql(`
  query GiftCards($personId: ID!, $includeRecycled: Boolean!) {
    person(id: $personId) {
      id
      giftCardBalance {
        amount
        currency
      }
      giftCards(includeRecycled: $includeRecycled) {
        ...GiftCard
      }
    }
  }
`);

/** zvcms: what the person has been given, and what is left on it. */
export function GiftCards({ personId }: { personId: string }) {
  const words = useWords().cards;
  const announce = useAnnounce();
  const [includeRecycled, setIncludeRecycled] = useState(false);
  const { data, previousData, error, loading, refetch } = useQuery(GIFT_CARDS, {
    variables: { personId, includeRecycled },
    fetchPolicy: 'cache-and-network',
  });
  // While recycled cards are on their way, the others stay where they are.
  const person = (data ?? (loading ? previousData : undefined))?.person;
  const problem = problemAt(error, 'person', 'giftCards');
  const cards = person?.giftCards ?? null;

  const refresh = async () => {
    const { error: failed } = await refetch();
    if (!failed) announce(words.refreshed);
  };

  return (
    <Panel
      id="cards"
      icon="cards"
      title={words.title}
      busy={loading}
      actions={
        cards && (
          <button type="button" className="button button--quiet" aria-disabled={loading} onClick={() => void refresh()}>
            <Icon name="renew" />
            {words.refresh}
          </button>
        )
      }
    >
      {problem && <Notice problem={problem} vendor="zvcms" retrying={loading} onRetry={() => void refetch()} />}
      {!problem && !cards && loading && <CardsToCome />}
      {cards && (
        <>
          <Balance balance={person?.giftCardBalance ?? null} problem={problemAt(error, 'person', 'giftCardBalance')} />
          <CardList cards={cards} />
          <Recycled checked={includeRecycled} onChange={setIncludeRecycled} />
        </>
      )}
    </Panel>
  );
}

function CardList({ cards }: { cards: readonly GiftCardFragment[] }) {
  const words = useWords().cards;
  const othersId = useId();
  const usable = cards.filter(({ status }) => status === 'BOUND');
  const others = cards.filter(({ status }) => status !== 'BOUND');
  if (cards.length === 0) {
    return (
      <div className="empty">
        <p>{words.none}</p>
        <p>{words.noneHint}</p>
      </div>
    );
  }
  return (
    <>
      <ul className="cards" role="list" aria-label={words.title}>
        {usable.map((card, at) => (
          <Card key={card.id} card={card} colour={at} />
        ))}
      </ul>
      {others.length > 0 && (
        <>
          <h3 className="panel__subtitle" id={othersId}>
            {words.others}
          </h3>
          <ul className="card-rows" role="list" aria-labelledby={othersId}>
            {others.map((card) => (
              <CardRow key={card.id} card={card} />
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function Recycled({ checked, onChange }: { checked: boolean; onChange: (checked: boolean) => void }) {
  const words = useWords().cards;
  return (
    <label className="switch">
      <input type="checkbox" role="switch" checked={checked} onChange={({ target }) => onChange(target.checked)} />
      {words.recycled}
    </label>
  );
}

function CardsToCome() {
  const words = useWords();
  return (
    <div className="cards">
      <span className="visually-hidden">{words.loading}</span>
      <div className="skeleton skeleton--card" />
      <div className="skeleton skeleton--card" />
    </div>
  );
}
