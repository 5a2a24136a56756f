// The server: dashboards read afresh, Prometheus' questions passed on, nothing else.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { listen } from '../server/server.mjs';

let folder;
let prometheus;
let server;
let at;
const asked = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'preview-'));
  prometheus = createServer((question, answer) => {
    asked.push(question.url);
    answer.writeHead(question.url.includes('broken') ? 400 : 200, { 'content-type': 'application/json' });
    answer.end('{"status":"success","data":[]}');
  });
  await new Promise((listening) => prometheus.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${prometheus.address().port}`;
  server = await listen({
    dashboards: folder,
    assets: folder,
    packages: folder,
    prometheus: url,
    port: 0,
    only: [],
    range: '5m',
    variables: {},
    scrapeInterval: '5s',
  });
  at = `http://127.0.0.1:${server.address().port}`;
});

after(async () => {
  server.close();
  prometheus.close();
  await rm(folder, { recursive: true });
});

async function get(path) {
  const response = await fetch(at + path);
  const text = await response.text();
  return { status: response.status, text, json: () => JSON.parse(text) };
}

test('dashboards are read at each question; a broken one is told and hides no other', async () => {
  assert.match((await get('/preview/dashboards')).json().error, /there are no dashboards/);
  await writeFile(join(folder, 'one.json'), JSON.stringify({ uid: 'one', title: 'First', panels: [] }));
  await writeFile(join(folder, 'two.json'), '{"uid":');
  const listed = (await get('/preview/dashboards')).json();
  assert.deepEqual(
    listed.map(({ uid, title, file }) => uid ?? file ?? title),
    ['one', 'two.json'],
  );
  assert.match(listed[1].error, /two\.json cannot be read/);
  assert.equal(listed[0].model, undefined, 'a list holds no models');

  await writeFile(join(folder, 'one.json'), JSON.stringify({ uid: 'one', title: 'Changed', panels: [] }));
  assert.equal((await get('/preview/dashboards/one')).json().title, 'Changed');
  const missing = await get('/preview/dashboards/none');
  assert.equal(missing.status, 404);
  assert.match(missing.json().error, /no dashboard none .* one/);
});

test('pages of dashboards are the page, and it is told what it needs', async () => {
  for (const path of ['/', '/d/one?viewPanel=2']) {
    assert.match((await get(path)).text, /<div id="root">/);
  }
  assert.equal((await get('/preview/settings')).json().range, '5m');
});

test('questions about data are passed on as they are, with the status of the answer', async () => {
  assert.equal((await get('/prometheus/api/v1/query?query=up%7Ba%3D%22b%22%7D')).status, 200);
  assert.equal(asked.at(-1), '/api/v1/query?query=up%7Ba%3D%22b%22%7D');
  assert.equal((await get('/prometheus/api/v1/query?query=broken')).status, 400);
});

test('nothing but questions about data reaches Prometheus', async () => {
  const before = asked.length;
  for (const path of [
    '/prometheus/api/v1/admin/tsdb/snapshot',
    '/prometheus/-/quit',
    '/prometheus/api/v1/query/../../-/reload',
  ]) {
    assert.equal((await get(path)).status, 404, path);
  }
  assert.equal(asked.length, before);
});

test('a Prometheus that is not there is named', async () => {
  const nobody = await listen({ prometheus: 'http://127.0.0.1:1', port: 0 });
  const answer = await fetch(`http://127.0.0.1:${nobody.address().port}/prometheus/api/v1/query?query=up`);
  assert.equal(answer.status, 502);
  assert.match((await answer.json()).error, /Prometheus at http:\/\/127\.0\.0\.1:1 does not answer/);
  nobody.close();
});

test('files outside of the folders and other names of this machine get nothing', async () => {
  for (const path of [
    '/assets/..%2Fone.json',
    '/assets/none.js',
    '/public/build/img/icons/unicons/..%2Fx.svg',
    '/etc/passwd',
  ]) {
    assert.equal((await get(path)).status, 404, path);
  }
  const { port } = server.address();
  const status = await new Promise((answered, failed) => {
    const asking = request({ port, host: '127.0.0.1', path: '/', headers: { host: 'elsewhere.example' } }, (answer) =>
      answered(answer.resume().statusCode),
    );
    asking.on('error', failed).end();
  });
  assert.equal(status, 403);
});
