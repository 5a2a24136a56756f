// Fills the dashboard's variables and annotations from Prometheus.
import { labelValues, queryRange } from '../queries/prometheus.js';
import { chosen, definitionOf, interpolate, offered, parseLabelValues } from '../queries/variables.js';

/** The fewest milliseconds between two annotations of one query. */
const LEAST_STEP = 10_000;

/**
 * Every variable with what it offers and what is chosen, in the dashboard's order: a later one may ask with an earlier.
 *
 * @returns `{ values, problems }`: values by name, as `interpolate` takes them, and sentences about what failed.
 */
export async function resolveVariables(model, wished, range) {
  const values = {};
  const problems = [];
  for (const variable of model.templating?.list ?? []) {
    let options = [];
    try {
      options = offered(variable, variable.type === 'query' ? await answersTo(variable, values, range) : []);
      if (options.length === 0) {
        problems.push(`variable ${variable.name}: Prometheus knows no value`);
      }
    } catch (error) {
      problems.push(`variable ${variable.name}: ${error.message}`);
    }
    values[variable.name] = { variable, options, chosen: chosen(variable, options, wished[variable.name]) };
  }
  return { values, problems };
}

async function answersTo(variable, values, range) {
  const definition = definitionOf(variable);
  const parsed = parseLabelValues(definition);
  if (!parsed) {
    throw new Error(`the preview asks only label_values(…), not ${definition}`);
  }
  const selector = parsed.selector && interpolate(parsed.selector, values);
  return labelValues(parsed.label, selector, range);
}

/**
 * When something begins that an annotation's query shows: `{ annotations: [{ time, color, name }], problems }`.
 * Samples that follow each other without a gap are one annotation; a sample of 0 is none.
 */
export async function resolveAnnotations(model, values, range) {
  const annotations = [];
  const problems = [];
  const asked = (model.annotations?.list ?? []).filter(
    ({ enable, builtIn, expr }) => enable !== false && !builtIn && expr,
  );
  for (const { name, expr, iconColor, useValueForTime } of asked) {
    try {
      const step = Math.max(LEAST_STEP, Math.ceil((range.to - range.from) / 300_000) * 1_000);
      const query = interpolate(expr, { ...values, __interval: `${step / 1_000}s`, __rate_interval: `${step / 250}s` });
      const series = await queryRange(query, { ...range, step });
      for (const { samples } of series) {
        const times = beginnings(samples, step, useValueForTime);
        annotations.push(...times.map((time) => ({ time, color: iconColor ?? 'blue', name })));
      }
    } catch (error) {
      problems.push(`annotations ${name}: ${error.message}`);
    }
  }
  return { annotations, problems };
}

/** The times at which runs of samples begin; with `usesValue` the samples' values are the times. */
export function beginnings(samples, step, usesValue) {
  const shown = samples.filter(([, value]) => value > 0);
  if (usesValue) {
    return [...new Set(shown.map(([, value]) => value))];
  }
  return shown
    .map(([time]) => time)
    .filter((time, index, times) => index === 0 || time - times[index - 1] > step * 1.5);
}
