// The page of cargo xtask preview: the list of dashboards at /, each of them at /d/UID.
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { ThemeContext, createTheme } from '@grafana/data';
import { GlobalStyles, PortalContainer } from '@grafana/ui';

import { DashboardPage } from './dashboard/page.jsx';
import { ListPage } from './list.jsx';
import { Problems } from './notices.jsx';

const theme = createTheme({
  colors: { mode: new URLSearchParams(window.location.search).get('theme') === 'light' ? 'light' : 'dark' },
});

function App() {
  const [page, setPage] = useState();
  useEffect(() => {
    load().then(setPage, (error) => setPage({ problem: error.message }));
  }, []);
  if (!page) {
    return <main data-preview="asking" />;
  }
  if (page.problem) {
    return (
      <main data-preview="error" style={{ padding: 16 }}>
        <Problems problems={[page.problem]} />
      </main>
    );
  }
  return page.model ? <DashboardPage {...page} /> : <ListPage {...page} />;
}

async function load() {
  // Axes and values are laid out by the width of their texts: the typeface must be there before the first of them.
  await Promise.allSettled(['400 12px Inter', '500 12px Inter'].map((font) => document.fonts.load(font)));
  const settings = await get('/preview/settings');
  const entries = await get('/preview/dashboards');
  const uid = /^\/d\/([^/]+)/.exec(window.location.pathname)?.[1];
  if (!uid) {
    return { settings, entries };
  }
  const model = await get(`/preview/dashboards/${uid}`);
  document.title = `${model.title} (preview)`;
  return { settings, entries, model };
}

async function get(path) {
  const response = await fetch(path);
  const answer = await response.json();
  if (!response.ok) {
    throw new Error(answer.error);
  }
  return answer;
}

createRoot(document.getElementById('root')).render(
  <ThemeContext.Provider value={theme}>
    <GlobalStyles />
    <App />
    <PortalContainer />
  </ThemeContext.Provider>,
);
