import { type ReactNode } from 'react';
import { Icon, type IconName } from './Icon';

interface PanelProps {
  id: string;
  icon: IconName;
  title: string;
  className?: string;
  actions?: ReactNode;
  /** Whether its content is on its way. */
  busy?: boolean;
  children: ReactNode;
}

/** One vendor's part of the wallet: it has its own loading and its own failure, and neither reaches its neighbours. */
export function Panel({ id, icon, title, className, actions, busy = false, children }: PanelProps) {
  const headingId = `${id}-heading`;
  return (
    <section id={id} className={`panel ${className ?? ''}`} aria-labelledby={headingId} aria-busy={busy}>
      <header className="panel__head">
        <h2 id={headingId} className="panel__title" tabIndex={-1}>
          <Icon name={icon} />
          {title}
        </h2>
        {actions}
      </header>
      {children}
    </section>
  );
}
