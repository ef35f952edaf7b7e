import { createContext, use, useCallback, useState, type ReactNode } from 'react';

const AnnounceContext = createContext<(text: string) => void>(() => undefined);

/**
 * One polite live region for the whole app. It is there from the start: a region that arrives together with its text is
 * read by hardly any screen reader.
 */
export function Announcer({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState({ text: '', times: 0 });
  const announce = useCallback((text: string) => setSaid(({ times }) => ({ text, times: times + 1 })), []);
  return (
    <AnnounceContext value={announce}>
      {children}
      <div className="visually-hidden" role="status" aria-live="polite">
        {/* The same sentence twice is two announcements only where the text node is another one. */}
        <span key={said.times}>{said.text}</span>
      </div>
    </AnnounceContext>
  );
}

export const useAnnounce = (): ((text: string) => void) => use(AnnounceContext);
