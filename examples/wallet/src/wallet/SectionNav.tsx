import { useEffect, useState } from 'react';
import { useWords } from '../i18n/language';
import { Icon } from '../ui/Icon';

const SECTIONS = ['pass', 'cards', 'codes', 'identity'] as const;
type Section = (typeof SECTIONS)[number];

/** On a phone, the bar at the bottom; where there is room for everything at once, it is not shown. */
export function SectionNav() {
  const words = useWords().wallet;
  const current = useSectionInView();
  return (
    <nav className="section-nav" aria-label={words.sections}>
      {SECTIONS.map((section) => (
        <a key={section} href={`#${section}`} aria-current={section === current ? 'true' : undefined}>
          <Icon name={section} />
          {words.nav[section]}
        </a>
      ))}
    </nav>
  );
}

/** The section that crosses the line a third down the screen. */
function useSectionInView(): Section {
  const [current, setCurrent] = useState<Section>('pass');
  useEffect(() => {
    const observer = new IntersectionObserver(
      (entries) => {
        const entered = entries.find(({ isIntersecting }) => isIntersecting);
        const section = SECTIONS.find((id) => id === entered?.target.id);
        if (section) setCurrent(section);
      },
      { rootMargin: '-33% 0px -66% 0px' },
    );
    for (const id of SECTIONS) {
      const element = document.getElementById(id);
      if (element) observer.observe(element);
    }
    return () => observer.disconnect();
  }, []);
  return current;
}
