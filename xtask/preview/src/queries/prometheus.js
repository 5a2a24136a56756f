// Prometheus' query API, as the preview's server passes it on.

const ROOT = '/prometheus/api/v1';

/** The series of an instant query at a time in milliseconds. */
export async function queryAt(query, time, signal) {
  const data = await ask('query', { query, time: time / 1_000 }, signal);
  return seriesOf(data);
}

/** The series of a range query; times and step in milliseconds. */
export async function queryRange(query, { from, to, step }, signal) {
  // Aligned, so that the points stay where they are from one refresh to the next.
  const start = Math.floor(from / step) * step;
  const end = Math.floor(to / step) * step;
  const data = await ask('query_range', { query, start: start / 1_000, end: end / 1_000, step: step / 1_000 }, signal);
  return seriesOf(data);
}

/** The values of a label, over the series of a selector or over all. */
export async function labelValues(label, selector, { from, to }, signal) {
  const asked = { start: from / 1_000, end: to / 1_000, ...(selector && { 'match[]': selector }) };
  return ask(`label/${label}/values`, asked, signal);
}

async function ask(question, parameters, signal) {
  const response = await fetch(`${ROOT}/${question}?${new URLSearchParams(parameters)}`, { signal });
  const answer = await response.json().catch(() => undefined);
  if (answer?.status !== 'success') {
    throw new Error(answer?.error ?? `Prometheus answered ${response.status} without saying why; is it a Prometheus?`);
  }
  return answer.data;
}

/** The samples of every kind of answer: `{ metric, samples: [[milliseconds, number], …] }` a series. */
export function seriesOf({ resultType, result }) {
  const sample = ([seconds, value]) => [seconds * 1_000, numberOf(value)];
  switch (resultType) {
    case 'matrix':
      return result.map(({ metric, values = [] }) => ({ metric, samples: values.map(sample) }));
    case 'vector':
      return result.map(({ metric, value }) => ({ metric, samples: value ? [sample(value)] : [] }));
    case 'scalar':
      return [{ metric: {}, samples: [sample(result)] }];
    default:
      throw new Error(`the preview cannot draw an answer of type ${resultType}`);
  }
}

function numberOf(text) {
  switch (text) {
    case '+Inf':
      return Infinity;
    case '-Inf':
      return -Infinity;
    default:
      return Number(text);
  }
}
