// How far apart the points of a query are, and what `$__interval` and its kin stand for, as in Grafana.

/** Prometheus refuses a range query with more points a series. */
const MOST_POINTS = 11_000;
const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 };

/** Milliseconds of a duration such as `15s`, `500ms` or `1h30m`; undefined when it is none. */
export function durationMs(text) {
  const parts = [...String(text).matchAll(/(\d+(?:\.\d+)?)(ms|[smhdwy])/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== String(text)) {
    return undefined;
  }
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * UNITS_MS[unit], 0);
}

/** The duration as PromQL writes it: the largest unit that divides it. */
export function promDuration(ms) {
  const unit = ['d', 'h', 'm', 's'].find((name) => ms >= UNITS_MS[name] && ms % UNITS_MS[name] === 0) ?? 'ms';
  return `${Math.round(ms / UNITS_MS[unit])}${unit}`;
}

/**
 * The step of a query and the variables that depend on it.
 *
 * @param range milliseconds that are looked at.
 * @param points the most points that can be seen: the panel's `maxDataPoints`, or its width in pixels.
 * @param scrape milliseconds between two scrapes, as the data source is configured.
 * @param least the query's or panel's own least step in milliseconds, if it has one.
 * @param round rounds milliseconds to a length that people like to see (Grafana's `rangeUtil.roundInterval`).
 */
export function intervals({ range, points, scrape, least, round }) {
  const wanted = Math.max(round(range / Math.max(points, 1)), least ?? scrape);
  const step = Math.max(wanted, Math.ceil(range / MOST_POINTS / 1_000) * 1_000);
  // A rate needs two samples in its window even when a scrape was missed: hence four scrapes.
  const rate = Math.max(step + scrape, 4 * scrape);
  return {
    step,
    variables: {
      __interval: promDuration(step),
      __interval_ms: String(step),
      __rate_interval: promDuration(rate),
      __range: `${Math.round(range / 1_000)}s`,
      __range_s: String(Math.round(range / 1_000)),
      __range_ms: String(range),
    },
  };
}
