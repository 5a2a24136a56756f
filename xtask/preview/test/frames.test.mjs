// From Prometheus' answers to data frames and heat map cells.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { beginnings } from '../src/dashboard/resolve.js';
import { cellsOf, occupied } from '../src/panels/buckets.js';
import { contentOf, legend, tableFrame, timeFrames } from '../src/queries/frames.js';
import { seriesOf } from '../src/queries/prometheus.js';

test('every kind of answer becomes series with times in milliseconds', () => {
  const matrix = seriesOf({
    resultType: 'matrix',
    result: [
      {
        metric: { a: 'b' },
        values: [
          [1.5, '2'],
          [2, 'NaN'],
          [3, '+Inf'],
        ],
      },
    ],
  });
  assert.deepEqual(matrix, [
    {
      metric: { a: 'b' },
      samples: [
        [1500, 2],
        [2000, NaN],
        [3000, Infinity],
      ],
    },
  ]);
  assert.deepEqual(seriesOf({ resultType: 'vector', result: [{ metric: {}, value: [1, '-Inf'] }] }), [
    { metric: {}, samples: [[1000, -Infinity]] },
  ]);
  assert.deepEqual(seriesOf({ resultType: 'scalar', result: [1, '7'] }), [{ metric: {}, samples: [[1000, 7]] }]);
  assert.throws(() => seriesOf({ resultType: 'string', result: [1, 'x'] }), /type string/);
});

test('a series is called as the legend says', () => {
  const metric = { __name__: 'up', service: 'orders' };
  assert.equal(legend('{{service}}/{{ job }}', metric, 'up'), 'orders/');
  assert.equal(legend('', metric, 'up'), 'up{service="orders"}');
  assert.equal(legend('__auto', metric, 'up'), undefined);
  assert.equal(legend('__auto', {}, 'sum(up)'), 'sum(up)');
});

test('a table has a column for each label of any series, and names its value after the query where there are several', () => {
  const series = [
    { metric: { a: '1' }, samples: [[5, 10]] },
    { metric: { b: '2' }, samples: [[5, 20]] },
  ];
  const shown = ({ fields }) => Object.fromEntries(fields.map(({ name, values }) => [name, values]));
  assert.deepEqual(shown(tableFrame(series, { refId: 'A', isAlone: true })), {
    Time: [5, 5],
    a: ['1', ''],
    b: ['', '2'],
    Value: [10, 20],
  });
  assert.deepEqual(shown(tableFrame(series, { refId: 'B', isAlone: false }))['Value #B'], [10, 20]);
});

test('no series, only NaN and values are told apart', () => {
  const frames = (...samples) => timeFrames([{ metric: {}, samples }], { refId: 'A', query: 'x', step: 1 });
  assert.equal(contentOf([]), 'empty');
  assert.equal(contentOf(frames()), 'empty');
  assert.equal(contentOf(frames([1, NaN], [2, NaN])), 'nan');
  assert.equal(contentOf(frames([1, NaN], [2, 0])), 'values');
});

test('cumulative buckets become counts between bounds, whatever their order', () => {
  const bucket = (le, ...counts) => ({ metric: { le }, samples: counts.map((count, index) => [index * 1000, count]) });
  const cells = cellsOf([bucket('+Inf', 10, 12), bucket('0.1', 0, 0), bucket('0.5', 4, 4), bucket('1.0', 9, 3)]);
  assert.deepEqual(cells.bounds, [0.1, 0.5, 1, Infinity]);
  // The third fell behind the second at the second time: fewer than none is none.
  assert.deepEqual(cells.counts, [
    [0, 0],
    [4, 4],
    [5, 0],
    [1, 9],
  ]);
  assert.deepEqual(occupied(cells), [0, 3]);
  assert.equal(occupied(cellsOf([bucket('1', 0), bucket('+Inf', 0)])), undefined);
  assert.throws(() => cellsOf([{ metric: {}, samples: [] }]), /needs the label le/);
  assert.throws(() => cellsOf([bucket('1', 1), bucket('1.0', 1)]), /same le/);
});

test('an annotation stands where a run of samples begins', () => {
  const samples = [
    [0, 1],
    [10, 1],
    [20, 0],
    [30, 1],
    [60, 1],
  ];
  assert.deepEqual(beginnings(samples, 10, false), [0, 30, 60]);
  assert.deepEqual(
    beginnings(
      [
        [0, 500],
        [10, 500],
        [20, 900],
      ],
      10,
      true,
    ),
    [500, 900],
  );
});
