// The list of the dashboards, and of the files that are none.
import { Card } from '@grafana/ui';

import { Banner, Problems } from './notices.jsx';

export function ListPage({ entries, settings }) {
  return (
    <main data-preview="ready" style={{ padding: '8px 16px', maxWidth: 1000, margin: '0 auto' }}>
      <Banner settings={settings} missing={[]} />
      <h1 style={{ fontSize: 22, margin: '16px 0' }}>Dashboards</h1>
      <div style={{ display: 'grid', gap: 8 }}>
        {entries
          .filter(({ uid }) => uid)
          .map(({ uid, title, description }) => (
            <Card key={uid} href={`/d/${encodeURIComponent(uid)}`} noMargin>
              <Card.Heading>{title}</Card.Heading>
              <Card.Description>{description}</Card.Description>
            </Card>
          ))}
      </div>
      <Problems problems={entries.map(({ error }) => error).filter(Boolean)} />
    </main>
  );
}
