// Above the panels: title, variables, time range, refresh, links.
import { Combobox, Icon, MultiCombobox, RefreshPicker, useTheme2 } from '@grafana/ui';

import { ALL } from '../queries/variables.js';
import { linksOf } from './links.js';

const RANGES = ['5m', '15m', '30m', '1h', '3h', '6h', '12h', '24h', '2d', '7d', '30d'];
const PACES = ['5s', '10s', '30s', '1m', '5m'];
/** Grafana's value for a variable that is not to be seen. */
const HIDDEN = 2;

export function Toolbar({ model, entries, parameters, values, raw, pace, change, refresh, isAlone }) {
  const theme = useTheme2();
  return (
    <>
      <header style={{ display: 'flex', gap: 8, alignItems: 'center', margin: '12px 0 8px', flexWrap: 'wrap' }}>
        <a href="/" style={{ color: theme.colors.text.secondary }}>
          Dashboards
        </a>
        <Icon name="angle-right" />
        <h1 title={model.description} style={{ fontSize: 18, margin: 0 }}>
          {isAlone ? <a href={window.location.pathname}>{model.title}</a> : model.title}
        </h1>
        <span style={{ flexGrow: 1 }} />
        <TimeRange raw={raw} change={change} />
        <RefreshPicker
          value={pace}
          intervals={PACES}
          onRefresh={refresh}
          onIntervalChanged={(interval) => change({ refresh: interval || 'off' })}
        />
      </header>
      <Variables values={values} change={change} />
      <Links links={linksOf(model, entries, parameters)} />
    </>
  );
}

function TimeRange({ raw, change }) {
  const options = RANGES.map((length) => ({ label: `Last ${length}`, value: `now-${length}` }));
  const isCommon = raw.to === 'now' && options.some(({ value }) => value === raw.from);
  const value = isCommon ? raw.from : { label: `${raw.from} to ${raw.to}`, value: '' };
  return (
    <Combobox
      width={22}
      prefixIcon="clock-nine"
      options={options}
      value={value}
      onChange={({ value: from }) => from && change({ from, to: 'now' })}
    />
  );
}

function Variables({ values, change }) {
  const shown = Object.values(values).filter(({ variable }) => variable.hide !== HIDDEN);
  if (shown.length === 0) {
    return null;
  }
  return (
    <div style={{ display: 'flex', gap: 12, flexWrap: 'wrap', marginBottom: 8 }}>
      {shown.map((value) => (
        <Variable key={value.variable.name} {...value} change={change} />
      ))}
    </div>
  );
}

function Variable({ variable, options, chosen, change }) {
  const offered = [
    ...(variable.includeAll ? [{ label: 'All', value: ALL }] : []),
    ...options.map((value) => ({ label: value, value })),
  ];
  const choose = (picked) => change({ [`var-${variable.name}`]: picked });
  return (
    <label style={{ display: 'flex', alignItems: 'center', gap: 6 }} title={variable.description}>
      {variable.label || variable.name}
      {variable.multi ? (
        <MultiCombobox
          width="auto"
          minWidth={16}
          options={offered}
          value={chosen}
          // All and one of them together mean whichever was picked last.
          onChange={(picked) => choose(withoutContradiction(picked, chosen))}
        />
      ) : (
        <Combobox
          width="auto"
          minWidth={16}
          options={offered}
          value={chosen[0]}
          onChange={({ value }) => choose([value])}
        />
      )}
    </label>
  );
}

function withoutContradiction(picked, before) {
  const values = picked.map(({ value }) => value);
  if (!values.includes(ALL)) {
    return values;
  }
  return before.includes(ALL) && values.length > 1 ? values.filter((value) => value !== ALL) : [ALL];
}

function Links({ links }) {
  return (
    links.length > 0 && (
      <nav style={{ display: 'flex', gap: 16, flexWrap: 'wrap', marginBottom: 8, fontSize: 12 }}>
        {links.map(({ title, url, tooltip }) => (
          <a key={title + url} href={url} title={tooltip} style={{ textDecoration: 'underline' }}>
            {title}
          </a>
        ))}
      </nav>
    )
  );
}
