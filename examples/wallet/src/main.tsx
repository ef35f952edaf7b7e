import { ApolloProvider } from '@apollo/client/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { createClient } from './graph/client';
import { LanguageProvider } from './i18n/language';
import { SessionProvider } from './session';
import { Announcer } from './ui/Announcer';
import './styles/index.css';

const root = document.getElementById('root');
if (!root) throw new Error('The page has no element #root');

createRoot(root).render(
  <StrictMode>
    <ApolloProvider client={createClient()}>
      <LanguageProvider>
        <Announcer>
          <SessionProvider>
            <App />
          </SessionProvider>
        </Announcer>
      </LanguageProvider>
    </ApolloProvider>
  </StrictMode>,
);
