// States over time, a row a series: @grafana/ui has no such panel, so state-timeline and status-history are drawn here.
import { FieldType, dateTimeFormat, formattedValueToString, getFieldDisplayName } from '@grafana/data';
import { VizLegend, useTheme2 } from '@grafana/ui';

const NAME_WIDTH = 150;
const AXIS_HEIGHT = 22;
const LEGEND_HEIGHT = 26;

export function TimelinePanel({ panel, frames, step, range, width, height, timeZone }) {
  const theme = useTheme2();
  const merges = panel.type === 'state-timeline' && panel.options?.mergeValues !== false;
  const rows = frames.flatMap((frame) => {
    const time = frame.fields.find(({ type }) => type === FieldType.time);
    const fields = frame.fields.filter((field) => field !== time && time);
    return fields.map((field) => ({
      name: getFieldDisplayName(field, frame, frames),
      spans: spansOf(time, field, step, merges),
    }));
  });
  const showsLegend = panel.options?.legend?.showLegend !== false;
  const inner = height - AXIS_HEIGHT - (showsLegend ? LEGEND_HEIGHT : 0);
  const rowHeight = inner / Math.max(rows.length, 1);
  const share = (time) => Math.min(1, Math.max(0, (time - range.from) / (range.to - range.from)));
  const plotWidth = width - NAME_WIDTH;
  const filled = panel.options?.rowHeight ?? 0.9;
  const states = new Map(rows.flatMap(({ spans }) => spans.map(({ text, color }) => [text, color])));
  return (
    <div style={{ width, height, fontSize: 12, overflow: 'hidden' }}>
      {rows.map(({ name, spans }, index) => (
        <div key={index} style={{ display: 'flex', height: rowHeight, alignItems: 'center' }}>
          <div
            title={name}
            style={{
              width: NAME_WIDTH,
              paddingRight: 8,
              textAlign: 'right',
              overflow: 'hidden',
              textOverflow: 'ellipsis',
              whiteSpace: 'nowrap',
            }}
          >
            {name}
          </div>
          <div style={{ position: 'relative', width: plotWidth, height: rowHeight * filled }}>
            {spans.map(({ from, to, text, color }) => {
              const pixels = (share(to) - share(from)) * plotWidth;
              return (
                <div
                  key={from}
                  title={`${text}, ${dateTimeFormat(from, { timeZone })} to ${dateTimeFormat(to, { timeZone })}`}
                  style={{
                    position: 'absolute',
                    left: share(from) * plotWidth,
                    width: Math.max(0, pixels - (merges ? 0 : 1)),
                    height: '100%',
                    background: color,
                    color: theme.colors.getContrastText(color),
                    display: 'flex',
                    alignItems: 'center',
                    paddingLeft: pixels > 40 ? 6 : 0,
                    overflow: 'hidden',
                  }}
                >
                  {pixels > 40 && (panel.options?.showValue ?? 'auto') !== 'never' ? text : ''}
                </div>
              );
            })}
          </div>
        </div>
      ))}
      <div
        style={{
          display: 'flex',
          justifyContent: 'space-between',
          marginLeft: NAME_WIDTH,
          height: AXIS_HEIGHT,
          alignItems: 'center',
        }}
      >
        {[0, 1, 2, 3, 4].map((quarter) => (
          <span key={quarter}>
            {dateTimeFormat(range.from + ((range.to - range.from) * quarter) / 4, { timeZone, format: 'HH:mm' })}
          </span>
        ))}
      </div>
      {showsLegend && (
        <VizLegend
          placement="bottom"
          displayMode="list"
          items={[...states].map(([label, color]) => ({ label, color, yAxis: 1 }))}
        />
      )}
    </div>
  );
}

/** Times during which a state was the same; a gap of more than a step and a half is a gap. */
function spansOf(time, field, step, merges) {
  const spans = [];
  field.values.forEach((value, index) => {
    if (value === null || value === undefined) {
      return;
    }
    const shown = field.display(value);
    const from = time.values[index];
    const last = spans.at(-1);
    const text = formattedValueToString(shown);
    if (merges && last?.text === text && from - last.to < step / 2) {
      last.to = from + step;
    } else {
      spans.push({ from, to: from + step, text, color: shown.color });
    }
  });
  return spans;
}
