// Serves the page, the dashboards and Prometheus' query API on loopback.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { DashboardError, readDashboards } from './dashboards.mjs';
import { askPrometheus } from './proxy.mjs';

const PAGE = join(dirname(fileURLToPath(import.meta.url)), '..', 'index.html');
const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.woff2': 'font/woff2', '.svg': 'image/svg+xml' };

/** Where @grafana/ui looks for its icons and for Grafana's typefaces, which their own packages hold. */
const FROM_PACKAGES = [
  [/^\/public\/build\/img\/icons\/([\w-]+\/[\w-]+\.svg)$/, (name) => `@grafana/ui/dist/public/img/icons/${name}`],
  [/^\/public\/fonts\/inter\/[\w-]+\.woff2$/, () => '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2'],
  [
    /^\/public\/fonts\/roboto\/[\w-]+\.woff2$/,
    () => '@fontsource-variable/roboto-mono/files/roboto-mono-latin-wght-normal.woff2',
  ],
];

/**
 * Starts the server and resolves with it once it listens.
 *
 * @param settings `dashboards` (folder), `assets` (folder of the bundle), `packages` (folder that holds node_modules),
 *   `prometheus` (URL without a final slash), `port`, and what the page is told: `range`, `variables`, `only` (UIDs),
 *   `scrapeInterval`.
 */
export function listen(settings) {
  const server = createServer((request, response) => {
    answer(settings, request, response).catch((error) => {
      const status = error instanceof DashboardError ? 404 : 500;
      sendJson(response, status, { error: error.message });
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, '127.0.0.1', () => resolve(server));
  });
}

async function answer(settings, request, response) {
  // A foreign page whose name was made to mean this address gets nothing.
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(request.headers.host ?? '')) {
    return sendJson(response, 403, { error: 'the preview answers to the names of this machine only' });
  }
  const { pathname, search } = new URL(request.url, 'http://preview');
  if (pathname.startsWith('/prometheus/')) {
    return askPrometheus(settings.prometheus, pathname.slice('/prometheus'.length) + search, request, response);
  }
  if (request.method !== 'GET') {
    return sendJson(response, 405, { error: 'only GET' });
  }
  if (pathname === '/preview/settings') {
    const { prometheus, range, variables, scrapeInterval } = settings;
    return sendJson(response, 200, { prometheus, range, variables, scrapeInterval });
  }
  if (pathname === '/preview/dashboards') {
    const entries = await readDashboards(settings.dashboards, settings.only);
    return sendJson(
      response,
      200,
      entries.map(({ model, ...entry }) => entry),
    );
  }
  if (pathname.startsWith('/preview/dashboards/')) {
    const uid = decodeURIComponent(pathname.slice('/preview/dashboards/'.length));
    const [entry] = await readDashboards(settings.dashboards, [uid]);
    return sendJson(response, 200, entry.model);
  }
  // The bundle is flat: a name with a slash is not one of its files.
  const asset = /^\/assets\/([\w.-]+)$/.exec(pathname)?.[1];
  if (asset) {
    return sendFile(join(settings.assets, asset), response);
  }
  for (const [pattern, place] of FROM_PACKAGES) {
    const found = pattern.exec(pathname);
    if (found) {
      return sendFile(join(settings.packages, 'node_modules', place(found[1])), response);
    }
  }
  if (pathname === '/' || pathname.startsWith('/d/')) {
    response.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-store' });
    return response.end(await readFile(PAGE));
  }
  return sendJson(response, 404, { error: `there is nothing at ${pathname}` });
}

async function sendFile(path, response) {
  const body = await readFile(path).catch(() => undefined);
  if (!body) {
    return sendJson(response, 404, { error: `there is no ${basename(path)}` });
  }
  response.writeHead(200, {
    'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
    'cache-control': 'no-store',
  });
  return response.end(body);
}

function sendJson(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}
