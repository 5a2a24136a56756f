// What a dashboard asks for and the preview leaves out.
import { allPanels } from './layout.js';

/** Sentences for people; none when nothing is left out. */
export function leftOut(model) {
  const panels = allPanels(model.panels);
  const titles = (wanted) =>
    panels
      .filter(wanted)
      .map(({ title }) => title)
      .join(', ');
  const found = [
    ['panels repeated by a variable are drawn once', titles(({ repeat }) => repeat)],
    ['links of panels are not shown', titles(({ links }) => links?.length > 0)],
    ['time shifts of panels are not applied', titles(({ timeFrom, timeShift }) => timeFrom || timeShift)],
    ['library panels are not drawn', titles(({ libraryPanel }) => libraryPanel)],
    ['queries of other data sources are sent to Prometheus', titles(asksElsewhere)],
  ];
  return found.filter(([, where]) => where).map(([what, where]) => `${what} (${where})`);
}

function asksElsewhere({ targets = [], datasource }) {
  const kinds = targets.map((target) => target.datasource?.type ?? datasource?.type ?? 'prometheus');
  return kinds.some((kind) => kind !== 'prometheus');
}
