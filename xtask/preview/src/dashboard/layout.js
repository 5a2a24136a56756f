// Where the panels stand: Grafana's grid of 24 columns, and its rows that fold.

export const COLUMNS = 24;
export const UNIT_HEIGHT = 30;
export const GAP = 8;

/** Whether a row is folded: as it was clicked, else as the dashboard says. */
export function isFolded(row, clicked) {
  return clicked[row.id] ?? Boolean(row.collapsed);
}

/**
 * The panels to draw, in reading order, each with its place. As Grafana's grid has it, each moves up as far as there is
 * room: so what stands below a row that is folded follows it up.
 *
 * @param clicked by a row's id: whether somebody folded it (true) or unfolded it (false).
 */
export function place(panels, clicked = {}) {
  const placed = [];
  for (const { panel, at } of visible(inReadingOrder(panels), clicked)) {
    const above = placed.filter((other) => other.at.x < at.x + at.w && at.x < other.at.x + other.at.w);
    placed.push({ panel, at: { ...at, y: bottom(above) } });
  }
  return placed;
}

function visible(ordered, clicked) {
  const found = [];
  // Whether a row that was folded by hand hides what follows it.
  let isHidden = false;
  // How far unfolded rows push down what follows them.
  let pushed = 0;
  for (const panel of ordered) {
    const at = { ...panel.gridPos, y: panel.gridPos.y + pushed };
    if (panel.type !== 'row') {
      if (!isHidden) {
        found.push({ panel, at });
      }
      continue;
    }
    found.push({ panel, at });
    const folded = isFolded(panel, clicked);
    isHidden = folded && !panel.collapsed;
    if (!folded && panel.collapsed) {
      const inside = inReadingOrder(panel.panels ?? []);
      found.push(...inside.map((one) => ({ panel: one, at: { ...one.gridPos, y: one.gridPos.y + at.y } })));
      pushed += bottom(inside.map((one) => ({ at: one.gridPos })));
    }
  }
  return found;
}

function inReadingOrder(panels) {
  return [...panels].sort((one, other) => one.gridPos.y - other.gridPos.y || one.gridPos.x - other.gridPos.x);
}

function bottom(placed) {
  return Math.max(0, ...placed.map(({ at }) => at.y + at.h));
}

/** Pixels of a place in a grid of this width. */
export function pixels({ x, y, w, h }, width) {
  const column = (width - GAP * (COLUMNS - 1)) / COLUMNS;
  return {
    left: Math.round(x * (column + GAP)),
    top: y * (UNIT_HEIGHT + GAP),
    width: Math.round(w * column + (w - 1) * GAP),
    height: h * UNIT_HEIGHT + (h - 1) * GAP,
  };
}

/** How high all of it is, in pixels. */
export function totalHeight(placed) {
  return bottom(placed) * (UNIT_HEIGHT + GAP);
}

/** Every panel that draws, those in folded rows too. */
export function allPanels(panels) {
  return panels.flatMap((panel) => (panel.type === 'row' ? (panel.panels ?? []) : [panel]));
}
