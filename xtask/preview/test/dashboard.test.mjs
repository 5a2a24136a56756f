// Where panels stand, what links lead to, and what is told to be left out.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { pixels, place, totalHeight } from '../src/dashboard/layout.js';
import { linksOf } from '../src/dashboard/links.js';
import { leftOut } from '../src/dashboard/missing.js';

const panel = (id, x, y, w, h, more) => ({ id, type: 'stat', title: `panel ${id}`, gridPos: { x, y, w, h }, ...more });
const row = (id, y, more) => panel(id, 0, y, 24, 1, { type: 'row', ...more });
const tops = (placed) => Object.fromEntries(placed.map(({ panel: { id }, at }) => [id, at.y]));

test('panels move up as far as there is room', () => {
  assert.deepEqual(tops(place([panel(1, 0, 5, 12, 4), panel(2, 12, 9, 12, 4), panel(3, 0, 50, 24, 2)])), {
    1: 0,
    2: 0,
    3: 4,
  });
});

test('a row that is folded by hand takes its panels away, and what follows comes up', () => {
  const panels = [row(1, 0), panel(2, 0, 1, 24, 8), row(3, 9), panel(4, 0, 10, 24, 8)];
  assert.deepEqual(tops(place(panels)), { 1: 0, 2: 1, 3: 9, 4: 10 });
  assert.deepEqual(tops(place(panels, { 1: true })), { 1: 0, 3: 1, 4: 2 });
});

test('a row that the dashboard folds keeps its panels until it is opened', () => {
  const inside = [panel(2, 0, 1, 12, 8), panel(3, 12, 1, 12, 8), panel(4, 0, 9, 24, 4)];
  const panels = [row(1, 0, { collapsed: true, panels: inside }), row(5, 1), panel(6, 0, 2, 24, 3)];
  assert.deepEqual(tops(place(panels)), { 1: 0, 5: 1, 6: 2 });
  assert.deepEqual(tops(place(panels, { 1: false })), { 1: 0, 2: 1, 3: 1, 4: 9, 5: 13, 6: 14 });
});

test('panels side by side fill the width, with a gap between them', () => {
  const left = pixels({ x: 0, y: 0, w: 12, h: 8 }, 1600);
  const right = pixels({ x: 12, y: 0, w: 12, h: 8 }, 1600);
  assert.equal(left.left + left.width + 8, right.left);
  assert.equal(right.left + right.width, 1600);
  assert.equal(totalHeight(place([panel(1, 0, 0, 24, 8)])), left.height + 8);
});

test('links lead to the other dashboards with the tag, and take along what they are to', () => {
  const entries = [
    { uid: 'a', title: 'A', tags: ['t'] },
    { uid: 'b', title: 'B', tags: ['t'] },
    { uid: 'c', title: 'C', tags: [] },
    { file: 'x', error: 'broken' },
  ];
  const to = (more) =>
    linksOf({ uid: 'a', links: [more] }, entries, new URLSearchParams('from=now-1h&to=now&var-x=1&viewPanel=2'));
  assert.deepEqual(
    to({ type: 'dashboards', tags: ['t'], keepTime: true, includeVars: true }).map(({ url }) => url),
    ['/d/b?from=now-1h&to=now&var-x=1'],
  );
  assert.deepEqual(to({ type: 'link', title: 'Traces', url: 'http://x/', tooltip: 'y' }), [
    { title: 'Traces', url: 'http://x/', tooltip: 'y' },
  ]);
});

test('what a dashboard asks for in vain is told, in folded rows too', () => {
  const folded = row(1, 0, { collapsed: true, panels: [panel(2, 0, 1, 12, 8, { repeat: 'service' })] });
  const elsewhere = panel(3, 0, 2, 12, 8, { targets: [{ datasource: { type: 'jaeger' } }] });
  assert.deepEqual(leftOut({ panels: [folded, elsewhere] }), [
    'panels repeated by a variable are drawn once (panel 2)',
    'queries of other data sources are sent to Prometheus (panel 3)',
  ]);
  assert.deepEqual(leftOut({ panels: [panel(1, 0, 0, 1, 1, { targets: [{}] })] }), []);
});
