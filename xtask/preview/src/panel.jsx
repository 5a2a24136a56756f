// One panel: its frame, what it asks, and the drawing of its type.
import { Component, useState } from 'react';
import { LoadingState } from '@grafana/data';
import { PanelChrome, useTheme2 } from '@grafana/ui';

import { usePanelData } from './panelData.js';
import { HeatmapPanel } from './panels/heatmap.jsx';
import { TablePanel } from './panels/table.jsx';
import { TextPanel } from './panels/text.jsx';
import { TimelinePanel } from './panels/timeline.jsx';
import { TimeSeriesPanel } from './panels/timeseries.jsx';
import { ValuesPanel } from './panels/values.jsx';

const DRAWINGS = {
  timeseries: TimeSeriesPanel,
  stat: ValuesPanel,
  gauge: ValuesPanel,
  bargauge: ValuesPanel,
  heatmap: HeatmapPanel,
  table: TablePanel,
  text: TextPanel,
  'state-timeline': TimelinePanel,
  'status-history': TimelinePanel,
};

/** Those say themselves that there is nothing, in the words of their `noValue`. */
const SAYS_NOTHING_ITSELF = new Set(['stat', 'gauge', 'bargauge', 'text']);

/** Draws a panel at a place; its state stands in `data-` attributes, for whoever takes screenshots. */
export function Panel({ panel, place, context }) {
  const Drawing = DRAWINGS[panel.type];
  const [crash, setCrash] = useState();
  const data = usePanelData(panel, context, place.width);
  const outcome = outcomeOf({ Drawing, panel, crash, data });
  const title = data.replaceVariables?.(panel.title) ?? panel.title;
  return (
    <section
      style={{ position: 'absolute', ...place }}
      data-panel={panel.id}
      data-type={panel.type}
      data-title={title}
      data-state={outcome.state}
      data-message={outcome.message}
    >
      <PanelChrome
        title={title}
        description={panel.description}
        width={place.width}
        height={place.height}
        displayMode={panel.transparent ? 'transparent' : 'default'}
        loadingState={outcome.state === 'asking' ? LoadingState.Loading : LoadingState.Done}
        statusMessage={outcome.state === 'error' ? outcome.message : undefined}
      >
        {(width, height) => {
          if (outcome.state === 'asking') {
            return null;
          }
          if (outcome.state === 'error') {
            return <Notice text={outcome.message} isError width={width} height={height} />;
          }
          if (data.message === 'no series' && !SAYS_NOTHING_ITSELF.has(panel.type)) {
            return <Notice text={panel.fieldConfig?.defaults?.noValue ?? 'No data'} width={width} height={height} />;
          }
          return (
            <CrashGuard onCrash={setCrash}>
              <Drawing {...data} {...context} panel={panel} width={width} height={height} />
            </CrashGuard>
          );
        }}
      </PanelChrome>
    </section>
  );
}

function outcomeOf({ Drawing, panel, crash, data }) {
  if (!Drawing) {
    return { state: 'error', message: `the preview cannot draw panels of type ${panel.type}` };
  }
  if (crash) {
    return { state: 'error', message: `the drawing failed: ${crash.message}` };
  }
  return data;
}

function Notice({ text, isError, width, height }) {
  const theme = useTheme2();
  const style = {
    width,
    height,
    display: 'grid',
    placeContent: 'center',
    textAlign: 'center',
    overflow: 'auto',
    overflowWrap: 'anywhere',
    color: isError ? theme.colors.error.text : theme.colors.text.secondary,
  };
  return <div style={style}>{text}</div>;
}

/** Keeps a drawing that throws from taking the page with it. */
class CrashGuard extends Component {
  state = { crashed: false };

  static getDerivedStateFromError() {
    return { crashed: true };
  }

  componentDidCatch(error) {
    this.props.onCrash(error);
  }

  render() {
    return this.state.crashed ? null : this.props.children;
  }
}
