import { type CSSProperties } from 'react';
import { useFormat, useWords } from '../i18n/language';
import { Icon } from '../ui/Icon';
import { type Shown } from './useVoucher';

interface TicketProps {
  shown: Shown;
  secondsLeft: number;
  expired: boolean;
  eventName: string;
  /** What the picture is, for those who do not see it. */
  alt: string;
  renewing: boolean;
  onRenew: () => void;
}

export function Ticket({ shown, secondsLeft, expired, eventName, alt, renewing, onRenew }: TicketProps) {
  const words = useWords().pass;
  const { qrCode, qrCodePicture } = shown.voucher;
  const renewOnce = () => {
    if (!renewing) onRenew();
  };
  return (
    <div className="ticket" aria-busy={renewing}>
      <div className="ticket__event">
        <p className="ticket__name">{eventName}</p>
        <p className="ticket__scan">{words.scan}</p>
      </div>
      <div className={`ticket__code ${expired ? 'ticket__code--expired' : ''}`}>
        {qrCodePicture ? (
          <img src={qrCodePicture} alt={expired ? `${alt} (${words.expired})` : alt} width="512" height="512" />
        ) : (
          <p>{words.noCode}</p>
        )}
        {expired && (
          <button type="button" className="ticket__renew-over" onClick={renewOnce}>
            <Icon name="renew" />
            <strong>{words.expired}</strong>
            <span>{renewing ? words.renewing : words.expiredHint}</span>
          </button>
        )}
      </div>
      {qrCode && (
        <p className="ticket__text">
          <span className="visually-hidden">{words.codeText}</span>
          <code>{qrCode}</code>
        </p>
      )}
      <div className="ticket__stub">
        <Life shown={shown} secondsLeft={secondsLeft} />
        <button type="button" className="button button--on-dark" aria-disabled={renewing} onClick={renewOnce}>
          <Icon name="renew" />
          {renewing ? words.renewing : words.renew}
        </button>
      </div>
    </div>
  );
}

/** The time left, for the eye; a screen reader finds it here, but is not told of each second. */
function Life({ shown: { deadline, lifetimeMs }, secondsLeft }: Pick<TicketProps, 'shown' | 'secondsLeft'>) {
  const words = useWords().pass;
  const { duration } = useFormat();
  if (deadline === null) return <p className="ticket__life">{words.noExpiry}</p>;
  const left = lifetimeMs > 0 ? Math.min(1, (secondsLeft * 1000) / lifetimeMs) : 0;
  return (
    <div className="ticket__life" role="timer" aria-live="off">
      <span>{secondsLeft > 0 ? words.left(duration(secondsLeft)) : words.expired}</span>
      <span className="ticket__bar" style={{ '--left': left } as CSSProperties} aria-hidden="true" />
    </div>
  );
}

export function TicketToCome({ eventName }: { eventName: string }) {
  const words = useWords();
  return (
    <div className="ticket" aria-busy="true">
      <div className="ticket__event">
        <p className="ticket__name">{eventName}</p>
        <p className="ticket__scan">{words.loading}</p>
      </div>
      <div className="ticket__code">
        <div className="skeleton skeleton--code" />
      </div>
      <div className="ticket__stub" />
    </div>
  );
}
