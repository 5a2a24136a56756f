// A dashboard's page: /d/UID, or one panel of it with ?viewPanel=ID.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { dateMath } from '@grafana/data';
import { Icon, useTheme2 } from '@grafana/ui';

import { useAddress, wishedValues } from '../address.js';
import { Banner, Problems } from '../notices.jsx';
import { Panel } from '../panel.jsx';
import { durationMs } from '../queries/interval.js';
import { allPanels, isFolded, pixels, place, totalHeight } from './layout.js';
import { leftOut } from './missing.js';
import { resolveAnnotations, resolveVariables } from './resolve.js';
import { Toolbar } from './toolbar.jsx';

export function DashboardPage({ model, entries, settings }) {
  const theme = useTheme2();
  const [parameters, change] = useAddress();
  const [tick, setTick] = useState(0);
  const [ref, width] = useWidth();
  const raw = useMemo(() => rawRange(model, settings, parameters), [model, settings, parameters]);
  const pace = parameters.get('refresh') ?? model.refresh;
  const refresh = () => setTick((count) => count + 1);
  usePace(pace, refresh);
  const resolved = useResolved({ model, settings, parameters, raw, tick });
  const timeZone = model.timezone === 'utc' ? 'utc' : 'browser';
  // A new object would make every panel ask again: it changes only with what it holds.
  const context = useMemo(
    () => resolved && { ...resolved, theme, timeZone, settings },
    [resolved, theme, timeZone, settings],
  );
  const isReady = context && width > 0;
  return (
    <main
      ref={ref}
      data-preview={isReady ? 'ready' : 'asking'}
      style={{ padding: '8px 16px 24px', minHeight: '100vh' }}
    >
      <Banner settings={settings} missing={leftOut(model)} />
      {context && (
        <>
          <Toolbar
            {...{
              model,
              entries,
              parameters,
              raw,
              pace,
              change,
              refresh,
              values: context.values,
              isAlone: parameters.has('viewPanel'),
            }}
          />
          <Problems problems={context.problems} />
          {isReady && <Panels {...{ model, parameters, context, width }} />}
        </>
      )}
    </main>
  );
}

function Panels({ model, parameters, context, width }) {
  const [clicked, setClicked] = useState(() => (parameters.get('rows') === 'all' ? unfolded(model) : {}));
  const alone = parameters.get('viewPanel');
  if (alone) {
    const panel = allPanels(model.panels).find(({ id }) => String(id) === alone.replace(/^panel-/, ''));
    if (!panel) {
      return <Problems problems={[`this dashboard has no panel ${alone}`]} />;
    }
    const height = Math.max(300, window.innerHeight - 150);
    return (
      <div style={{ position: 'relative', height, marginTop: 8 }}>
        <Panel panel={panel} place={{ left: 0, top: 0, width, height }} context={context} />
      </div>
    );
  }
  const placed = place(model.panels, clicked);
  return (
    <div style={{ position: 'relative', height: totalHeight(placed), marginTop: 8 }}>
      {placed.map(({ panel, at }) =>
        panel.type === 'row' ? (
          <Row
            key={`row-${panel.id}`}
            row={panel}
            place={pixels(at, width)}
            isFolded={isFolded(panel, clicked)}
            fold={(isNow) => setClicked({ ...clicked, [panel.id]: isNow })}
          />
        ) : (
          <Panel key={panel.id} panel={panel} place={pixels(at, width)} context={context} />
        ),
      )}
    </div>
  );
}

function Row({ row, place: style, isFolded: folded, fold }) {
  return (
    <button
      type="button"
      aria-expanded={!folded}
      onClick={() => fold(!folded)}
      style={{
        all: 'unset',
        position: 'absolute',
        ...style,
        cursor: 'pointer',
        display: 'flex',
        alignItems: 'center',
        gap: 6,
        fontSize: 16,
      }}
    >
      <Icon name={folded ? 'angle-right' : 'angle-down'} /> {row.title}
      {folded && row.panels?.length > 0 && <small>({row.panels.length} panels)</small>}
    </button>
  );
}

function unfolded(model) {
  return Object.fromEntries(model.panels.filter(({ type }) => type === 'row').map(({ id }) => [id, false]));
}

/** The time that is looked at, in Grafana's words: the address, else --range, else the dashboard. */
function rawRange(model, settings, parameters) {
  const own = settings.range ? { from: `now-${settings.range}`, to: 'now' } : model.time;
  const timestamp = (text) => (/^\d+$/.test(text ?? '') ? Number(text) : text);
  return {
    from: timestamp(parameters.get('from')) ?? own?.from ?? 'now-6h',
    to: timestamp(parameters.get('to')) ?? own?.to ?? 'now',
  };
}

/** The time range in milliseconds, the variables and the annotations, asked anew at each tick. */
function useResolved({ model, settings, parameters, raw, tick }) {
  const [resolved, setResolved] = useState();
  useEffect(() => {
    let isCurrent = true;
    const time = (text, isEnd) =>
      typeof text === 'number' ? text : dateMath.toDateTime(text, { roundUp: isEnd })?.valueOf();
    const range = { from: time(raw.from, false), to: time(raw.to, true) };
    const wished = { ...settings.variables, ...wishedValues(parameters) };
    resolve(model, wished, range).then((answer) => isCurrent && setResolved(answer));
    return () => {
      isCurrent = false;
    };
  }, [model, settings, parameters, raw, tick]);
  return resolved;
}

async function resolve(model, wished, range) {
  if (!(range.to > range.from)) {
    return {
      range: { from: Date.now() - 1, to: Date.now() },
      values: {},
      annotations: [],
      problems: ['the time range cannot be understood'],
    };
  }
  const { values, problems } = await resolveVariables(model, wished, range);
  const annotated = await resolveAnnotations(model, values, range);
  return { range, values, annotations: annotated.annotations, problems: [...problems, ...annotated.problems] };
}

function usePace(pace, refresh) {
  const latest = useRef(refresh);
  latest.current = refresh;
  useEffect(() => {
    const every = durationMs(pace);
    if (!every) {
      return undefined;
    }
    const timer = setInterval(() => latest.current(), Math.max(every, 1_000));
    return () => clearInterval(timer);
  }, [pace]);
}

function useWidth() {
  const ref = useRef(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([{ contentRect }]) => setWidth(Math.floor(contentRect.width)));
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}
