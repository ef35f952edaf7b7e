import { useApolloClient } from '@apollo/client/react';
import { createContext, Fragment, use, useState, useSyncExternalStore, type ReactNode } from 'react';
import { setToken } from './graph/client';

interface Session {
  /** Whose wallet is open; it stands in the address, so that going back goes back. */
  personId: string | null;
  open: (personId: string | null) => void;
  signedIn: boolean;
  signIn: (token: string, personId: string | null) => Promise<void>;
  signOut: () => Promise<void>;
}

const SessionContext = createContext<Session | null>(null);

function subscribeToAddress(onChange: () => void): () => void {
  window.addEventListener('popstate', onChange);
  return () => window.removeEventListener('popstate', onChange);
}

const personInAddress = () => new URLSearchParams(window.location.search).get('person');

function go(personId: string | null): void {
  const address = new URL(window.location.href);
  address.hash = '';
  if (personId === null) address.searchParams.delete('person');
  else address.searchParams.set('person', personId);
  window.history.pushState(null, '', address);
  window.dispatchEvent(new PopStateEvent('popstate'));
  window.scrollTo(0, 0);
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const client = useApolloClient();
  const personId = useSyncExternalStore(subscribeToAddress, personInAddress);
  const [caller, setCaller] = useState({ signedIn: false, generation: 0 });

  /** What one caller was shown must not be there for the next. */
  const changeCaller = async (token: string | null, next: string | null) => {
    setToken(token);
    await client.clearStore();
    setCaller(({ generation }) => ({ signedIn: token !== null, generation: generation + 1 }));
    go(next);
  };

  const session: Session = {
    personId,
    open: go,
    signedIn: caller.signedIn,
    signIn: (token, next) => changeCaller(token, next),
    signOut: () => changeCaller(null, null),
  };
  return (
    <SessionContext value={session}>
      {/* For another caller everything starts anew: no component keeps what the one before was shown. */}
      <Fragment key={caller.generation}>{children}</Fragment>
    </SessionContext>
  );
}

export function useSession(): Session {
  const session = use(SessionContext);
  if (session === null) throw new Error('useSession is used outside SessionProvider');
  return session;
}
