// Values over time, drawn by Grafana's own TimeSeries (lines, areas, bars, stacks, thresholds).
import { useLayoutEffect, useRef } from 'react';
import { FieldType, dateTime, dateTimeFormat, formattedValueToString, getFieldDisplayName } from '@grafana/data';
import { SeriesIcon, TimeSeries, TooltipPlugin2, useTheme2 } from '@grafana/ui';

/** TooltipHoverMode is a const enum, so it has no name at run time: all series at one time. */
const HOVER_ALL_AT_ONE_TIME = 1;

export function TimeSeriesPanel({ panel, frames, range, width, height, timeZone, annotations }) {
  const from = dateTime(range.from);
  const to = dateTime(range.to);
  const withValues = drawable(frames);
  const structure = JSON.stringify(
    withValues.map(({ fields }) => fields.map(({ name, labels, config }) => [name, labels, config])),
  );
  return (
    <TimeSeries
      // Another set of series is another drawing.
      key={structure}
      frames={withValues}
      structureRev={1}
      timeRange={{ from, to, raw: { from, to } }}
      timeZone={timeZone}
      width={width}
      height={height}
      legend={{ displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [], ...panel.options?.legend }}
      options={{}}
    >
      {(config, aligned) => (
        <>
          <TooltipPlugin2
            config={config}
            hoverMode={HOVER_ALL_AT_ONE_TIME}
            render={(_plot, indices, _series, isPinned) => <Values {...{ aligned, indices, isPinned, timeZone }} />}
          />
          <AnnotationLines config={config} annotations={annotations} />
        </>
      )}
    </TimeSeries>
  );
}

/** Frames with numbers; what is not finite is a gap, for one NaN would leave the whole axis without a scale. */
function drawable(frames) {
  const finite = (value) => (Number.isFinite(value) ? value : null);
  const withGaps = (field) =>
    field.type === FieldType.number ? { ...field, values: field.values.map(finite) } : field;
  return frames
    .filter(({ fields }) => fields.some(({ type }) => type === FieldType.number))
    .map((frame) => ({ ...frame, fields: frame.fields.map(withGaps) }));
}

/** What the pointer is at; pinned by a click, it offers the series' links. */
function Values({ aligned, indices, isPinned, timeZone }) {
  const index = indices.find((one) => one !== null && one !== undefined);
  if (index === undefined) {
    return null;
  }
  const [time, ...fields] = aligned.fields;
  return (
    <div style={{ padding: 8, fontSize: 12 }}>
      <div style={{ marginBottom: 4 }}>{dateTimeFormat(time.values[index], { timeZone })}</div>
      {fields.map((field, position) => {
        const value = field.values[indices[position + 1] ?? index];
        const shown = value === undefined || value === null ? undefined : field.display(value);
        return (
          shown && (
            <div key={position} style={{ display: 'flex', gap: 8, alignItems: 'center' }}>
              <SeriesIcon color={shown.color} />
              <span style={{ flexGrow: 1 }}>{getFieldDisplayName(field, aligned)}</span>
              <span>{formattedValueToString(shown)}</span>
              {isPinned &&
                field.getLinks?.({ valueRowIndex: index }).map(({ href, title }) => (
                  <a key={href} href={href}>
                    {title}
                  </a>
                ))}
            </div>
          )
        );
      })}
    </div>
  );
}

/** A dashed line at each annotation's time, across the drawing. */
function AnnotationLines({ config, annotations }) {
  const theme = useTheme2();
  const latest = useRef(annotations);
  latest.current = annotations;
  useLayoutEffect(() => {
    config.addHook('draw', (plot) => {
      const { ctx, bbox } = plot;
      ctx.save();
      ctx.setLineDash([4, 4]);
      ctx.lineWidth = window.devicePixelRatio;
      for (const { time, color } of latest.current) {
        const x = Math.round(plot.valToPos(time, 'x', true));
        if (x >= bbox.left && x <= bbox.left + bbox.width) {
          ctx.strokeStyle = theme.visualization.getColorByName(color);
          ctx.beginPath();
          ctx.moveTo(x, bbox.top);
          ctx.lineTo(x, bbox.top + bbox.height);
          ctx.stroke();
        }
      }
      ctx.restore();
    });
  }, [config, theme]);
  return null;
}
