import { graphql } from '../../generated';
import { type PersonTileFragment } from '../../generated/graphql';
import { type Vendor } from '../graph/problems';
import { useWords } from '../i18n/language';
import { useSession } from '../session';

graphql(`
  fragment PersonTile on Person {
    id
    maskedName
    maskedMobile
    accounts {
      zvcmsUserId
      alipayUserId
      alipayOpenId
    }
  }
`);

export function PersonTile({ person }: { person: PersonTileFragment }) {
  const words = useWords().picker;
  const { open } = useSession();
  const linked = linkedVendors(person);
  return (
    <a
      className="tile"
      href={`?person=${encodeURIComponent(person.id)}`}
      onClick={(event) => {
        // With a modifier the browser opens it elsewhere, as with any link.
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        open(person.id);
      }}
    >
      <Avatar name={person.maskedName} />
      <span className="tile__text">
        <span className="tile__name">{person.maskedName}</span>
        <span className="tile__mobile">{person.maskedMobile ?? words.noMobile}</span>
      </span>
      <span className="tile__linked">
        <span className="visually-hidden">{words.linkedLabel}</span>
        {linked.map((vendor) => (
          <span key={vendor} className="chip chip--plain">
            {words.linked[vendor]}
          </span>
        ))}
      </span>
    </a>
  );
}

export function Avatar({ name }: { name: string }) {
  return (
    <span className="avatar" aria-hidden="true">
      {firstLetter(name)}
    </span>
  );
}

/** A whole character, also where that is two in JavaScript, as with some of the rarer family names. */
const firstLetter = (name: string) => String.fromCodePoint(name.codePointAt(0) ?? 0x3f);

/** What the vendors have been told of a person, as far as the directory shows it. */
function linkedVendors({ maskedMobile, accounts }: PersonTileFragment): Vendor[] {
  const linked: Vendor[] = [];
  if (maskedMobile !== null) linked.push('campus');
  if (accounts.zvcmsUserId !== null) linked.push('zvcms');
  if (accounts.alipayUserId !== null || accounts.alipayOpenId !== null) linked.push('zhima');
  return linked;
}
