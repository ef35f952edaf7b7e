import { useWords } from './i18n/language';
import { Picker } from './picker/Picker';
import { useSession } from './session';
import { TopBar } from './ui/TopBar';
import { Wallet } from './wallet/Wallet';

export function App() {
  const words = useWords();
  const { personId } = useSession();
  return (
    <>
      <a className="skip-link" href="#content">
        {words.skipToContent}
      </a>
      <TopBar />
      <main id="content" tabIndex={-1}>
        {personId === null ? <Picker /> : <Wallet key={personId} personId={personId} />}
      </main>
    </>
  );
}
