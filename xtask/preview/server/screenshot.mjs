// Takes a picture of every dashboard and writes down how each panel fared: node screenshot.mjs SETTINGS-AS-JSON.
//
// Beside the server's settings: `pictures` with `out` (folder) and `chromium` (program).
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { DashboardError, readDashboards } from './dashboards.mjs';
import { listen } from './server.mjs';

/** The exit code that says that what was asked for cannot be. */
const WRONG_USE = 2;
const PATIENCE_MS = 60_000;
const VIEWPORT = { width: 1600, height: 1000 };

const settings = JSON.parse(process.argv[2]);
const { chromium } = createRequire(join(settings.packages, 'package.json'))('playwright-core');
let server;
let browser;
try {
  const entries = await readDashboards(settings.dashboards, settings.only);
  await mkdir(settings.pictures.out, { recursive: true });
  server = await listen({ ...settings, port: 0 });
  browser = await chromium.launch({
    executablePath: settings.pictures.chromium,
    // Chromium's sandbox refuses to work for root.
    chromiumSandbox: process.getuid?.() !== 0,
  });
  const dashboards = [];
  for (const entry of entries) {
    dashboards.push(entry.error ? { file: entry.file, problems: [entry.error], panels: [] } : await capture(entry));
  }
  const report = { prometheus: settings.prometheus, dashboards };
  await writeFile(join(settings.pictures.out, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
} catch (error) {
  console.error(error.message);
  process.exitCode = error instanceof DashboardError ? WRONG_USE : 1;
} finally {
  await browser?.close();
  server?.close();
}

async function capture({ uid, title, file }) {
  const context = await browser.newContext({
    locale: 'en-US',
    timezoneId: 'UTC',
    viewport: VIEWPORT,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(`the page's script failed: ${error.message}`));
  // Folded rows are opened, so that every panel is asked; refreshing would only disturb.
  await page.goto(`http://127.0.0.1:${server.address().port}/d/${encodeURIComponent(uid)}?rows=all&refresh=off`);
  try {
    await page.waitForFunction(hasAnswered, undefined, { timeout: PATIENCE_MS });
    // Tables draw nothing while they are out of sight: the window becomes as high as the page.
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ ...VIEWPORT, height: Math.max(VIEWPORT.height, height) });
    // Icons come one by one.
    await page.waitForLoadState('networkidle', { timeout: PATIENCE_MS });
    await page.evaluate(settled);
  } catch (error) {
    problems.push(`not every panel had answered after ${PATIENCE_MS / 1_000} s: ${error.message}`);
  }
  const picture = `${uid}.png`;
  await page.screenshot({ path: join(settings.pictures.out, picture), fullPage: true });
  const seen = await page.evaluate(readPage);
  await context.close();
  return { uid, title, file, picture, problems: [...seen.problems, ...problems], panels: seen.panels };
}

// These run in the page.

function hasAnswered() {
  const state = document.querySelector('[data-preview]')?.dataset.preview;
  return state === 'error' || (state === 'ready' && !document.querySelector('[data-panel][data-state="asking"]'));
}

/** Resolves when the fonts are there and nothing changes any more: tables measure before they show anything. */
async function settled() {
  await document.fonts.ready;
  await new Promise((quiet) => {
    let timer = setTimeout(quiet, 300);
    const observer = new MutationObserver(() => {
      clearTimeout(timer);
      timer = setTimeout(quiet, 300);
    });
    observer.observe(document.body, { subtree: true, childList: true, attributes: true });
  });
}

function readPage() {
  const panels = [...document.querySelectorAll('[data-panel]')].map(({ dataset }) => ({
    id: Number(dataset.panel),
    title: dataset.title,
    type: dataset.type,
    outcome: dataset.state,
    ...(dataset.message && { message: dataset.message }),
  }));
  const problems = [...document.querySelectorAll('[data-problem]')].map(({ dataset }) => dataset.problem);
  return { panels, problems };
}
