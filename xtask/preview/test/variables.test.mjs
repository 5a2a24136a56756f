// What variables offer, what is chosen of it, and how it is written into queries and texts.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  ALL,
  chosen,
  definitionOf,
  interpolate,
  interpolateField,
  interpolateText,
  offered,
  parseLabelValues,
} from '../src/queries/variables.js';

const several = (picked, more) => ({
  variable: { name: 'service', multi: true, includeAll: true, ...more },
  options: ['a.b', 'c'],
  chosen: picked,
});

test('label_values is understood with a selector and without', () => {
  assert.deepEqual(parseLabelValues('label_values(up, service)'), { selector: 'up', label: 'service' });
  assert.deepEqual(parseLabelValues('label_values(service)'), { selector: undefined, label: 'service' });
  const selector = 'up{job="a,b", environment=~"$environment"}';
  assert.deepEqual(parseLabelValues(` label_values(${selector}, service) `), { selector, label: 'service' });
  assert.equal(parseLabelValues('query_result(up)'), undefined);
  assert.equal(definitionOf({ query: { query: 'label_values(x)', refId: 'A' } }), 'label_values(x)');
});

test('a variable offers what was answered, filtered and sorted, or what it lists', () => {
  assert.deepEqual(offered({ type: 'query', sort: 2, regex: '/^(\\w)-/' }, ['a-1', 'b-1', 'a-2', '-']), ['b', 'a']);
  assert.deepEqual(offered({ type: 'query' }, ['z', 'a']), ['z', 'a']);
  assert.deepEqual(offered({ type: 'custom', query: '5m, one hour : 1h' }), ['5m', '1h']);
  assert.deepEqual(offered({ type: 'constant', query: 'here' }), ['here']);
  assert.throws(() => offered({ type: 'adhoc', name: 'filters' }), /no variable of type adhoc/);
});

test('what is wished for is chosen if it is offered, else what the dashboard says, else the first', () => {
  const one = { current: { value: 'b' } };
  assert.deepEqual(chosen(one, ['a', 'b'], ['a']), ['a']);
  assert.deepEqual(chosen(one, ['a', 'b'], ['gone']), ['b']);
  assert.deepEqual(chosen(one, ['a'], undefined), ['a']);
  assert.deepEqual(chosen(one, ['a', 'b'], ['a', 'b']), ['a'], 'only one where only one can be');
  assert.deepEqual(chosen({ multi: true, includeAll: true }, ['a', 'b'], ['a', 'b']), ['a', 'b']);
  assert.deepEqual(chosen({ includeAll: true }, ['a', 'b'], undefined), [ALL]);
  assert.deepEqual(chosen({ type: 'textbox' }, ['a'], ['anything']), ['anything']);
  assert.deepEqual(chosen({}, ['a', 'b'], [ALL]), ['a'], 'all of them only where that is offered');
});

test('several values become a regular expression whose letters mean themselves', () => {
  const query = 'up{service=~"$service"}';
  assert.equal(interpolate(query, { service: several(['c']) }), 'up{service=~"c"}');
  assert.equal(interpolate(query, { service: several(['a.b']) }), 'up{service=~"a\\\\.b"}');
  assert.equal(interpolate(query, { service: several(['a.b', 'c']) }), 'up{service=~"(a\\\\.b|c)"}');
  assert.equal(interpolate(query, { service: several([ALL]) }), 'up{service=~"(a\\\\.b|c)"}');
  assert.equal(interpolate(query, { service: several([ALL], { allValue: '.*' }) }), 'up{service=~".*"}');
});

test('a single value stays what it is, and every way of writing a variable is understood', () => {
  const values = { env: { variable: {}, options: ['a"b'], chosen: ['a"b'] }, __range: '900s' };
  assert.equal(interpolate('$env ${env} ${env:raw} [[env]] [$__range]', values), 'a\\"b a\\"b a"b a\\"b [900s]');
  assert.throws(() => interpolate('rate(x[$__rate])', values), /\$__rate is no variable/);
  assert.throws(() => interpolate('${env:sqlstring}', values), /does not know the format/);
});

test('texts for people name the values, and keep what is no variable', () => {
  assert.equal(interpolateText('$service costs $5', { service: several(['a.b', 'c']) }), 'a.b + c costs $5');
  assert.equal(interpolateText('${service}', { service: several([ALL]) }), 'All');
  const field = { name: 'Value', labels: { service: 'orders' } };
  assert.equal(interpolateField('/s?q=${__field.labels.service}&n=${__field.name}', { field }), '/s?q=orders&n=Value');
  assert.equal(interpolateField('${__field.labels["no"]}|${__value.raw}', { field }), '|${__value.raw}');
  const frame = { fields: [{ name: 'service', config: { displayName: 'Service' }, values: ['catalog', 'orders'] }] };
  assert.equal(interpolateField('/s?q=${__data.fields["Service"]}', { field, frame, rowIndex: 1 }), '/s?q=orders');
  assert.equal(interpolateField('${__data.fields["None"]}', { field, frame, rowIndex: 0 }), '');
});
