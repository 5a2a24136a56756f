// Rows and columns, drawn by Grafana's own table.
import { dateTime } from '@grafana/data';
import { TableNG } from '@grafana/ui/unstable';

import { configOf } from '../fieldConfig.js';

export function TablePanel({ panel, frames, range, width, height }) {
  const options = panel.options ?? {};
  const from = dateTime(range.from);
  const to = dateTime(range.to);
  return (
    <TableNG
      data={frames[options.frameIndex ?? 0] ?? frames[0]}
      width={width}
      height={height}
      noHeader={options.showHeader === false}
      cellHeight={options.cellHeight ?? 'sm'}
      sortBy={options.sortBy ?? []}
      sortByBehavior="initial"
      fieldConfig={configOf(panel)}
      timeRange={{ from, to, raw: { from, to } }}
      structureRev={1}
      enableVirtualization={false}
      getActions={() => []}
    />
  );
}
