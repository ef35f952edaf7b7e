import { createContext, use, useEffect, useState, type ReactNode } from 'react';
import { en } from './en';
import { FORMATS } from './format';
import { type Words } from './words';
import { zh } from './zh';

export type Language = 'zh' | 'en';

const WORDS: Record<Language, Words> = { zh, en };
const KEPT_AS = 'kaquan-language';

interface LanguageChoice {
  language: Language;
  choose: (language: Language) => void;
}

const LanguageContext = createContext<LanguageChoice>({ language: 'zh', choose: () => undefined });

/** What was chosen before, else what the browser prefers. */
function firstLanguage(): Language {
  const kept = localStorage.getItem(KEPT_AS);
  if (kept === 'zh' || kept === 'en') return kept;
  const known = navigator.languages.find((tag) => /^(zh|en)\b/i.test(tag)) ?? 'en';
  return /^zh/i.test(known) ? 'zh' : 'en';
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage);
  useEffect(() => {
    // Screen readers choose their voice by it, and the browser its glyphs.
    document.documentElement.lang = WORDS[language].htmlLang;
  }, [language]);
  const choose = (chosen: Language) => {
    localStorage.setItem(KEPT_AS, chosen);
    setLanguage(chosen);
  };
  return <LanguageContext value={{ language, choose }}>{children}</LanguageContext>;
}

export const useLanguage = (): LanguageChoice => use(LanguageContext);
export const useWords = (): Words => WORDS[useLanguage().language];
export const useFormat = (): (typeof FORMATS)[Language] => FORMATS[useLanguage().language];
