import { type CheckFragment, type IdentityCheckStatus } from '../../generated/graphql';
import { useWords } from '../i18n/language';
import { Icon, type IconName } from '../ui/Icon';

const ICONS: Record<IdentityCheckStatus, IconName> = {
  STARTED: 'wait',
  WAITING: 'wait',
  TRUSTED: 'check',
  NOT_TRUSTED: 'cross',
  REFUSED: 'alert',
  LOST: 'alert',
};

/** The vendor writes this address; one that would run something in this page is not made a link. */
const OPENABLE = /^(https|alipays):\/\//;

export function Verdict({ check: { status, refusal, resultPageUrl, merchantIdentityId } }: { check: CheckFragment }) {
  const words = useWords();
  const { identity } = words;
  return (
    <div className="verdict" data-status={status}>
      <span className="verdict__mark">
        <Icon name={ICONS[status]} />
      </span>
      <div>
        <p className="verdict__title">{identity.status[status]}</p>
        <p>{refusal ? (identity.refusals[refusal.code] ?? refusal.message) : identity.statusHint[status]}</p>
        {merchantIdentityId && (
          <p className="verdict__id">
            {identity.merchantId} <code>{merchantIdentityId}</code>
          </p>
        )}
        {resultPageUrl && OPENABLE.test(resultPageUrl) && (
          <a href={resultPageUrl} rel="noreferrer" target="_blank">
            {identity.resultPage}
            <span className="visually-hidden">{words.newTab}</span>
          </a>
        )}
      </div>
    </div>
  );
}
