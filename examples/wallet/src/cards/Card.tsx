import { useState } from 'react';
import { graphql } from '../../generated';
import { type GiftCardFragment } from '../../generated/graphql';
import { useFormat, useWords } from '../i18n/language';
import { useValidity } from './useValidity';

graphql(`
  fragment GiftCard on GiftCard {
    id
    title
    coverUrl
    balance {
      amount
      currency
    }
    faceValue {
      amount
      currency
    }
    status
    statusText
    validity
    validityText
    beginsAt
    endsAt
    thirdParty
  }
`);

const COLOURS = 5;

interface CardProps {
  card: GiftCardFragment;
  /** Its place in the list: neighbours look different. */
  colour: number;
}

/** A card that can be paid with. */
export function Card({ card, colour }: CardProps) {
  const words = useWords().cards;
  const { money } = useFormat();
  const validity = useValidity(card);
  return (
    <li className={`card card--${colour % COLOURS}`} data-card={card.id} data-status={card.status}>
      <Cover url={card.coverUrl} />
      <div className="card__head">
        <h3 className="card__title" lang="zh-CN">
          {card.title}
        </h3>
        <Status card={card} />
      </div>
      <p className="card__balance">
        <span className="visually-hidden">{words.cardBalance} </span>
        {card.balance ? money(card.balance) : <span className="card__unknown">{words.unknownAmount}</span>}
      </p>
      <div className="card__foot">
        <span>
          {card.faceValue && (
            <>
              {words.faceValue} {money(card.faceValue)}
            </>
          )}
        </span>
        <span>{validity}</span>
      </div>
      <div className="card__foot card__foot--faint">
        <span>{words.ending(card.id.slice(-4))}</span>
        {card.thirdParty && <span>{words.thirdParty}</span>}
      </div>
    </li>
  );
}

/** A card that cannot be paid with (yet, or any more). */
export function CardRow({ card }: { card: GiftCardFragment }) {
  const words = useWords().cards;
  const { money } = useFormat();
  const validity = useValidity(card);
  return (
    <li className="card-row" data-card={card.id} data-status={card.status}>
      <div className="card-row__text">
        <h4 className="card-row__title" lang="zh-CN">
          {card.title}
        </h4>
        <p className="card-row__more">
          {words.ending(card.id.slice(-4))} · {validity}
          {card.thirdParty && ` · ${words.thirdParty}`}
        </p>
      </div>
      <div className="card-row__amounts">
        <p className="card-row__balance">
          <span className="visually-hidden">{words.cardBalance} </span>
          {card.balance ? money(card.balance) : words.unknownAmount}
        </p>
        {card.faceValue && (
          <p className="card-row__more">
            {words.faceValue} {money(card.faceValue)}
          </p>
        )}
      </div>
      <Status card={card} />
    </li>
  );
}

function Status({ card: { status, statusText } }: { card: GiftCardFragment }) {
  const words = useWords().cards;
  return (
    <span className={`chip chip--${status}`}>
      {words.status[status]}
      {/* Of a status that the graph does not know, the vendor's own words say more than ours. */}
      {status === 'UNKNOWN' && statusText && <span lang="zh-CN"> · {statusText}</span>}
    </span>
  );
}

/** The vendor's picture behind the card, where there is one that loads; the card's own colours are beneath. */
function Cover({ url }: { url: string | null | undefined }) {
  const [broken, setBroken] = useState(false);
  if (!url || broken) return null;
  // The vendor's picture server need not learn from where its card is looked at.
  return (
    <img
      className="card__cover"
      src={url}
      alt=""
      loading="lazy"
      referrerPolicy="no-referrer"
      onError={() => setBroken(true)}
    />
  );
}
