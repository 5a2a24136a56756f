// Reads the dashboards' folder afresh each time, so that a reload of the page shows what was just rendered.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What is wrong with the folder, a file or a wish, as a sentence for people. */
export class DashboardError extends Error {}

/**
 * Every dashboard in the order of the files' names. A file that cannot be used is an entry too, with `error`, so that
 * one broken file does not hide the others.
 */
export async function readDashboards(folder, wanted = []) {
  let names;
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  } catch (error) {
    throw new DashboardError(`the dashboards' folder ${folder} cannot be read: ${error.message}`);
  }
  if (names.length === 0) {
    throw new DashboardError(`there are no dashboards (*.json) in ${folder}; cargo xtask render writes them`);
  }
  const all = await Promise.all(names.map((name) => readOne(folder, name)));
  if (wanted.length === 0) {
    return all;
  }
  const unknown = wanted.find((uid) => !all.some((entry) => entry.uid === uid));
  if (unknown !== undefined) {
    const known = all.map((entry) => entry.uid ?? entry.file).join(', ');
    throw new DashboardError(`there is no dashboard ${unknown} in ${folder}; there are ${known}`);
  }
  return all.filter((entry) => wanted.includes(entry.uid));
}

async function readOne(folder, file) {
  let model;
  try {
    model = JSON.parse(await readFile(join(folder, file), 'utf8'));
  } catch (error) {
    return { file, error: `${file} cannot be read: ${error.message}` };
  }
  if (typeof model?.uid !== 'string' || !Array.isArray(model?.panels)) {
    return { file, error: `${file} is no dashboard: it has no uid or no panels` };
  }
  const { uid, title = uid, description = '', tags = [] } = model;
  return { file, uid, title, description, tags, model };
}
