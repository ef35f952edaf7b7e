import { useEffect, useRef, type RefObject } from 'react';
import { useWords } from '../i18n/language';

let viewsShown = 0;

/**
 * Names the page after the view and brings the focus to its heading, as a page load would; not for the first view, where
 * the browser has just done so itself.
 */
export function useViewTitle(title: string | null): RefObject<HTMLHeadingElement | null> {
  const { brand } = useWords();
  const heading = useRef<HTMLHeadingElement>(null);
  const ready = title !== null;
  useEffect(() => {
    document.title = title === null ? brand : `${title} · ${brand}`;
  }, [title, brand]);
  useEffect(() => {
    if (!ready) return;
    viewsShown += 1;
    if (viewsShown > 1) heading.current?.focus({ preventScroll: true });
  }, [ready]);
  return heading;
}
