import { useEffect, useEffectEvent, useState } from 'react';
import { type QrCodeType } from '../../generated/graphql';
import { useFormat, useLanguage, useWords } from '../i18n/language';
import { EVENTS } from '../settings';
import { useAnnounce } from '../ui/Announcer';
import { useSecondsLeft } from '../ui/clock';
import { Notice } from '../ui/Notice';
import { Panel } from '../ui/Panel';
import { Segmented } from '../ui/Segmented';
import { Ticket, TicketToCome } from './Ticket';
import { useVoucher } from './useVoucher';

const KINDS: readonly QrCodeType[] = ['DYNAMIC', 'STATIC'];

interface PassProps {
  personId: string;
  name: string;
}

/** Alibaba campus: the code that lets the person in. */
export function Pass({ personId, name }: PassProps) {
  const words = useWords().pass;
  const { language } = useLanguage();
  const [event, setEvent] = useState(EVENTS[0]);
  const [kind, setKind] = useState<QrCodeType>('DYNAMIC');
  const eventName = event.name[language];

  return (
    <Panel id="pass" icon="pass" title={words.title} className="panel--pass">
      <div className="pass__choices">
        <label className="select">
          <span className="visually-hidden">{words.event}</span>
          <select
            value={event.activityCode}
            onChange={({ target }) =>
              setEvent(EVENTS.find(({ activityCode }) => activityCode === target.value) ?? EVENTS[0])
            }
          >
            {EVENTS.map((one) => (
              <option key={one.activityCode} value={one.activityCode}>
                {one.name[language]}
              </option>
            ))}
          </select>
        </label>
        <Segmented
          label={words.kind}
          options={KINDS.map((value) => ({ value, text: words.kinds[value] }))}
          value={kind}
          onChange={setKind}
        />
      </div>
      <OnePass
        // Another event's code is another thing: nothing of the one before may be seen meanwhile.
        key={`${event.activityCode} ${kind}`}
        personId={personId}
        activityCode={event.activityCode}
        qrCodeType={kind}
        eventName={eventName}
        alt={words.alt(name, eventName)}
      />
    </Panel>
  );
}

interface OnePassProps {
  personId: string;
  activityCode: string;
  qrCodeType: QrCodeType;
  eventName: string;
  alt: string;
}

function OnePass({ eventName, alt, ...wanted }: OnePassProps) {
  const words = useWords().pass;
  const format = useFormat();
  const announce = useAnnounce();
  const { shown, problem, loading, renew } = useVoucher(wanted);
  const secondsLeft = useSecondsLeft(shown?.deadline ?? null);
  const expired = shown !== null && shown.deadline !== null && secondsLeft === 0;

  const sayRenewed = useEffectEvent((deadline: number) => announce(words.renewed(format.time(deadline))));
  useEffect(() => {
    if (shown?.isRenewal && shown.deadline !== null) sayRenewed(shown.deadline);
  }, [shown]);

  const notice = problem && <Notice problem={problem} vendor="campus" retrying={loading} onRetry={renew} />;
  if (!shown) return notice ?? <TicketToCome eventName={eventName} />;
  return (
    <>
      <Ticket
        shown={shown}
        secondsLeft={secondsLeft}
        expired={expired}
        eventName={eventName}
        alt={alt}
        renewing={loading}
        onRenew={renew}
      />
      {problem && !expired && <p className="pass__still-good">{words.stillGood}</p>}
      {notice}
    </>
  );
}
