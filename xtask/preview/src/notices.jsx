// What the page says of itself: that it is a preview, and what went wrong.
import { useState } from 'react';
import { Alert, useTheme2 } from '@grafana/ui';

const DETAILS = [
  'Grafana’s own code: time series, stat, bar gauge, table, units, value mappings, thresholds, colours; overrides and ' +
    'transformations too, though the preview itself reads which of them the dashboard asks for.',
  'Imitated: heat maps, round gauges, state timelines, texts; variables (label_values, lists, constants), intervals ' +
    'such as $__rate_interval, the grid and its rows.',
  'Annotations are dashed lines where a run of samples begins, without regions and texts.',
  'Not there: repeated panels, panel menus, inspecting, exploring, zooming, linked cursors, alert states on panels, ' +
    'permissions, data sources other than Prometheus.',
];

/** Says what this page is not, before anyone takes it for Grafana. */
export function Banner({ settings, missing }) {
  const theme = useTheme2();
  const [isOpen, setOpen] = useState(false);
  const style = {
    padding: '6px 12px',
    borderRadius: 4,
    fontSize: 12,
    color: theme.colors.info.text,
    background: theme.colors.info.transparent,
    border: `1px solid ${theme.colors.info.border}`,
  };
  return (
    <div style={style} role="note">
      <strong>Preview, not Grafana.</strong> Drawn with the panel components of @grafana/ui against Prometheus at{' '}
      {settings.prometheus}. Heat maps, round gauges, timelines, variables, intervals, annotations and rows are
      imitations. {missing.length > 0 && <>Left out here: {missing.join('; ')}. </>}
      <button
        type="button"
        onClick={() => setOpen(!isOpen)}
        style={{ all: 'unset', cursor: 'pointer', textDecoration: 'underline' }}
      >
        {isOpen ? 'less' : 'more'}
      </button>
      {isOpen && (
        <ul style={{ margin: '6px 0 0 16px' }}>
          {DETAILS.map((detail) => (
            <li key={detail}>{detail}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** What went wrong with the page as a whole, one box a sentence. */
export function Problems({ problems }) {
  return problems.map((problem) => (
    <div key={problem} data-problem={problem} style={{ marginTop: 8 }}>
      <Alert severity="error" title={problem} bottomSpacing={0} />
    </div>
  ));
}
