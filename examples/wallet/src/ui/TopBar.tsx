import { useLanguage, useWords, type Language } from '../i18n/language';
import { useSession } from '../session';

const LANGUAGES: readonly { language: Language; tag: string; name: string }[] = [
  { language: 'zh', tag: 'zh-CN', name: '中文' },
  { language: 'en', tag: 'en', name: 'English' },
];

export function TopBar() {
  const words = useWords();
  const { language, choose } = useLanguage();
  const { signedIn, signOut } = useSession();
  return (
    <header className="top-bar">
      <a className="brand" href="/">
        <span className="brand__seal" aria-hidden="true">
          卡
        </span>
        <span className="brand__name">{words.brand}</span>
      </a>
      <div className="top-bar__tools">
        {signedIn && (
          <button type="button" className="button button--quiet" onClick={() => void signOut()}>
            {words.signIn.signOut}
          </button>
        )}
        <div className="languages" role="group" aria-label={words.language}>
          {LANGUAGES.map(({ language: one, tag, name }) => (
            <button key={one} type="button" lang={tag} aria-pressed={one === language} onClick={() => choose(one)}>
              {name}
            </button>
          ))}
        </div>
      </div>
    </header>
  );
}
