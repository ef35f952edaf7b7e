import { type Problem } from '../graph/problems';
import { useFormat, useWords } from '../i18n/language';

interface BalanceProps {
  balance: { amount: string; currency: string } | null;
  problem: Problem | null;
}

/** The sum over the bound cards. Where one cannot be read there is none, and that is said rather than shown as zero. */
export function Balance({ balance, problem }: BalanceProps) {
  const words = useWords();
  const { money } = useFormat();
  return (
    <dl className="balance">
      <dt>{words.cards.balance}</dt>
      <dd className={balance ? 'balance__sum' : 'balance__unknown'}>
        {balance ? money(balance) : words.cards.balanceUnknown}
      </dd>
      {!balance && (
        <dd className="balance__why">
          {problem ? words.problem.texts[problem.code].hint : words.cards.balanceUnknownHint}
        </dd>
      )}
    </dl>
  );
}
