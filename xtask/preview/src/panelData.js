// Asks what a panel asks, and prepares the answer for its drawing.
import { useEffect, useState } from 'react';
import { rangeUtil } from '@grafana/data';

import { prepare } from './fieldConfig.js';
import { cellsOf } from './panels/buckets.js';
import { contentOf, tableFrame, timeFrames } from './queries/frames.js';
import { durationMs, intervals } from './queries/interval.js';
import { queryAt, queryRange } from './queries/prometheus.js';
import { interpolate, interpolateField, interpolateText } from './queries/variables.js';

/** What Grafana takes when a data source does not say how often it scrapes. */
const FALLBACK_SCRAPE = '15s';

/**
 * The panel's answer: `{ state, message, frames, cells, replaceVariables }`. While a later question is under way the
 * earlier answer stays; `state` is `asking` before the first, then `drawn`, `no data` or `error`.
 */
export function usePanelData(panel, context, width) {
  const [answer, setAnswer] = useState({ state: 'asking' });
  const { range, values, theme, timeZone, settings } = context;
  useEffect(() => {
    const controller = new AbortController();
    ask(panel, { range, values, theme, timeZone, settings, width, signal: controller.signal }).then(
      (data) => !controller.signal.aborted && setAnswer(data),
      (error) => !controller.signal.aborted && setAnswer({ state: 'error', message: error.message }),
    );
    return () => controller.abort();
  }, [panel, range, values, theme, timeZone, settings, width]);
  return answer;
}

async function ask(panel, context) {
  const targets = (panel.targets ?? []).filter(({ hide }) => !hide);
  const steps = stepsOf(panel, undefined, context);
  const { from, to } = context.range;
  const known = { ...context.values, ...steps.variables, __from: String(from), __to: String(to) };
  // Grafana's functions hand over the field that a text is about, if it is about one.
  const replaceVariables = (text = '', scope = undefined) => {
    const at = scope?.__dataContext?.value;
    return interpolateText(at?.field ? interpolateField(text, at) : text, known);
  };
  if (targets.length === 0) {
    return { state: 'drawn', frames: [], replaceVariables };
  }
  const answers = await Promise.all(targets.map((target) => askTarget(panel, target, targets.length === 1, context)));
  const frames = await prepare(
    answers.flatMap((answer) => answer.frames),
    panel,
    { ...context, replaceVariables },
  );
  const series = answers.flatMap((answer) => answer.series);
  const cells = panel.type === 'heatmap' && series.length > 0 ? cellsOf(series) : undefined;
  return {
    ...judged(answers.flatMap((answer) => answer.frames)),
    frames,
    cells,
    step: answers[0].step,
    replaceVariables,
  };
}

async function askTarget(panel, target, isAlone, context) {
  const { range, values, signal } = context;
  const { step, variables } = stepsOf(panel, target, context);
  const { refId, legendFormat, format } = target;
  try {
    const query = interpolate(target.expr ?? '', { ...values, ...variables });
    const series =
      target.instant && !target.range
        ? await queryAt(query, range.to, signal)
        : await queryRange(query, { ...range, step }, signal);
    const frames =
      format === 'table'
        ? [tableFrame(series, { refId, isAlone })].filter(({ fields }) => fields[0].values.length > 0)
        : timeFrames(series, { refId, legendFormat, query, step });
    return { series, frames, step };
  } catch (error) {
    throw new Error(`query ${refId}: ${error.message}`, { cause: error });
  }
}

function stepsOf(panel, target, { range, width, settings, values }) {
  const least = target?.interval || panel.interval;
  return intervals({
    range: range.to - range.from,
    points: panel.maxDataPoints ?? width,
    scrape: durationMs(settings.scrapeInterval ?? FALLBACK_SCRAPE),
    least: least ? durationMs(interpolate(least, values).replace(/^>=?/, '')) : undefined,
    round: rangeUtil.roundInterval,
  });
}

function judged(frames) {
  switch (contentOf(frames)) {
    case 'empty':
      return { state: 'no data', message: 'no series' };
    case 'nan':
      return { state: 'no data', message: 'every value is NaN' };
    default:
      return { state: 'drawn' };
  }
}
