// Turns Prometheus' series into data frames, as Grafana's Prometheus data source does.

/** The name of a series: `{{label}}` filled in; undefined where Grafana makes up the name itself. */
export function legend(format, metric, query) {
  if (Object.keys(metric).length === 0 && (!format || format === '__auto')) {
    return query;
  }
  if (format === '__auto') {
    return undefined;
  }
  if (!format) {
    const { __name__: name = '', ...labels } = metric;
    return `${name}{${Object.entries(labels)
      .map(([label, value]) => `${label}="${value}"`)
      .join(', ')}}`;
  }
  return format.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_, label) => metric[label] ?? '');
}

/** A frame a series, over time. `step` (milliseconds) tells the drawing from which distance on points are apart. */
export function timeFrames(series, { refId, legendFormat, query, step }) {
  return series.map(({ metric, samples }) => ({
    refId,
    fields: [
      { name: 'Time', type: 'time', config: { interval: step }, values: samples.map(([time]) => time) },
      {
        name: 'Value',
        type: 'number',
        labels: metric,
        config: { displayNameFromDS: legend(legendFormat, metric, query) },
        values: samples.map(([, value]) => value),
      },
    ],
  }));
}

/** One frame with a row a sample: the time, a column a label, the value. */
export function tableFrame(series, { refId, isAlone }) {
  const rows = series.flatMap(({ metric, samples }) => samples.map(([time, value]) => ({ metric, time, value })));
  const labels = [...new Set(series.flatMap(({ metric }) => Object.keys(metric)))].sort();
  return {
    refId,
    fields: [
      { name: 'Time', type: 'time', config: {}, values: rows.map(({ time }) => time) },
      ...labels.map((label) => ({
        name: label,
        type: 'string',
        config: {},
        values: rows.map(({ metric }) => metric[label] ?? ''),
      })),
      {
        name: isAlone ? 'Value' : `Value #${refId}`,
        type: 'number',
        config: {},
        values: rows.map(({ value }) => value),
      },
    ],
  };
}

/** Whether there is anything to see: `empty` without a sample, `nan` when no sample is a number, else `values`. */
export function contentOf(frames) {
  const numbers = frames.flatMap(({ fields }) => fields.filter(({ type }) => type === 'number'));
  const values = numbers.flatMap((field) => Array.from(field.values));
  if (values.length === 0) {
    return 'empty';
  }
  return values.every((value) => value === null || Number.isNaN(value)) ? 'nan' : 'values';
}
