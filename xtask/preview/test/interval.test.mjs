// Steps and the variables that depend on them.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { durationMs, intervals, promDuration } from '../src/queries/interval.js';

const MINUTE = 60_000;
const asItIs = (ms) => ms;

test('durations are read as Grafana and Prometheus write them', () => {
  const read = { '15s': 15_000, '500ms': 500, '1h30m': 90 * MINUTE, '2d': 2 * 86_400_000 };
  for (const [text, ms] of Object.entries(read)) {
    assert.equal(durationMs(text), ms, text);
  }
  for (const text of ['', 'off', '5', '5 minutes', '-5m', null, undefined]) {
    assert.equal(durationMs(text), undefined, String(text));
  }
});

test('durations are written in the largest unit that divides them', () => {
  const written = { 500: '500ms', 15_000: '15s', 90_000: '90s', 120_000: '2m', 7_200_000: '2h', 86_400_000: '1d' };
  for (const [ms, text] of Object.entries(written)) {
    assert.equal(promDuration(Number(ms)), text);
  }
});

test('a rate looks at four scrapes at least, and at a step and a scrape when steps are wide', () => {
  const near = intervals({ range: 5 * MINUTE, points: 1_000, scrape: 5_000, round: asItIs });
  assert.equal(near.step, 5_000);
  assert.equal(near.variables.__rate_interval, '20s');
  const far = intervals({ range: 24 * 60 * MINUTE, points: 720, scrape: 5_000, round: asItIs });
  assert.equal(far.step, 2 * MINUTE);
  assert.equal(far.variables.__interval, '2m');
  assert.equal(far.variables.__rate_interval, '125s');
  assert.equal(far.variables.__range, '86400s');
});

test('a step is as wide as the query asks for, and never so narrow that Prometheus refuses', () => {
  assert.equal(
    intervals({ range: 5 * MINUTE, points: 1_000, scrape: 5_000, least: 30_000, round: asItIs }).step,
    30_000,
  );
  const year = 365 * 86_400_000;
  const { step } = intervals({ range: year, points: 1e9, scrape: 5_000, round: asItIs });
  assert.ok(year / step <= 11_000, `${year / step} points`);
});
