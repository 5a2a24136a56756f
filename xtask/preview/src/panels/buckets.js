// From cumulative `le` buckets over time to the cells of a heat map.

/**
 * The cells of a heat map: how many measurements fell between two bounds, at each time.
 *
 * @param series of a query that keeps `le`: each cumulative, in any order.
 * @returns `{ times, bounds, counts }`: ascending times (ms), ascending upper bounds, and `counts[bucket][time]`.
 * @throws when a series has no `le`, or two have the same.
 */
export function cellsOf(series) {
  const rows = series.map(({ metric, samples }) => {
    if (metric.le === undefined) {
      throw new Error('a heat map needs the label le in every series');
    }
    return { bound: metric.le === '+Inf' ? Infinity : Number(metric.le), at: new Map(samples) };
  });
  rows.sort((one, other) => one.bound - other.bound);
  const bounds = rows.map(({ bound }) => bound);
  if (new Set(bounds).size < bounds.length) {
    throw new Error('two series have the same le: add the others up by (le)');
  }
  const times = [...new Set(series.flatMap(({ samples }) => samples.map(([time]) => time)))].sort((a, b) => a - b);
  const counts = rows.map(({ at }, bucket) =>
    times.map((time) => {
      const here = at.get(time) ?? 0;
      const below = bucket === 0 ? 0 : (rows[bucket - 1].at.get(time) ?? 0);
      // Buckets scraped apart can be off by a little; fewer than none is none.
      return Math.max(0, here - below);
    }),
  );
  return { times, bounds, counts };
}

/** The bounds between which anything was measured, with one empty bucket around, as indices [first, last]. */
export function occupied({ counts }) {
  const isUsed = counts.map((row) => row.some((count) => count > 0));
  const first = isUsed.indexOf(true);
  if (first < 0) {
    return undefined;
  }
  return [Math.max(0, first - 1), Math.min(counts.length - 1, isUsed.lastIndexOf(true) + 1)];
}
