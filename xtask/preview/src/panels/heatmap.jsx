// A heat map of cumulative buckets over time: @grafana/ui has none, so it is drawn here.
import { useLayoutEffect, useRef, useState } from 'react';
import { dateTimeFormat, formattedValueToString, getValueFormat } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';
import * as schemes from 'd3-scale-chromatic';

import { occupied } from './buckets.js';

const MARGIN = { left: 64, right: 8, top: 6, bottom: 22 };
const LEGEND_HEIGHT = 26;
const TWO_SIDED = new Set(['BrBG', 'PRGn', 'PiYG', 'PuOr', 'RdBu', 'RdGy', 'RdYlBu', 'RdYlGn', 'Spectral']);
const BEGINS_DARK = new Set([
  'Turbo',
  'Viridis',
  'Magma',
  'Inferno',
  'Plasma',
  'Cividis',
  'Warm',
  'Cool',
  'CubehelixDefault',
]);
const LABEL_EVERY_PIXELS = { x: 90, y: 18 };

export function HeatmapPanel({ panel, cells, step, range, width, height, timeZone }) {
  const theme = useTheme2();
  const canvas = useRef(null);
  const [hovered, setHovered] = useState();
  const options = panel.options ?? {};
  const showLegend = options.legend?.show !== false;
  const plot = {
    left: MARGIN.left,
    top: MARGIN.top,
    width: Math.max(1, width - MARGIN.left - MARGIN.right),
    height: Math.max(1, height - MARGIN.top - MARGIN.bottom - (showLegend ? LEGEND_HEIGHT : 0)),
  };
  const used = occupied(cells);
  const scale = used && scaleOf({ cells, used, plot, step, range });
  const colors = colorsOf(options.color ?? {}, theme, cells);
  const bound = boundFormatter(options.yAxis ?? {});

  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context && scale) {
      const ratio = window.devicePixelRatio;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, width, height);
      drawCells(context, {
        cells,
        used,
        scale,
        colors,
        gap: options.cellGap ?? 1,
        least: options.filterValues?.le ?? 1e-9,
      });
      drawAxes(context, { cells, used, scale, plot, range, theme, timeZone, bound });
    }
  });
  if (!used) {
    return <div style={{ width, height, display: 'grid', placeContent: 'center' }}>No measurement in this time</div>;
  }
  const point = ({ nativeEvent: { offsetX, offsetY } }) => setHovered(scale.cellAt(offsetX, offsetY));
  return (
    <div style={{ width, height, position: 'relative' }}>
      <canvas
        ref={canvas}
        width={width * window.devicePixelRatio}
        height={(plot.top + plot.height + MARGIN.bottom) * window.devicePixelRatio}
        style={{ width, height: plot.top + plot.height + MARGIN.bottom, display: 'block' }}
        onMouseMove={point}
        onMouseLeave={() => setHovered(undefined)}
      />
      {showLegend && <ColorScale colors={colors} theme={theme} />}
      {hovered && <Hovered {...{ hovered, cells, bound, theme, timeZone, plot }} />}
    </div>
  );
}

/** Where each cell is. A sample stands for the step that ends with it; buckets are evenly high, as in Grafana. */
function scaleOf({ cells, used: [first, last], plot, step, range }) {
  const rows = last - first + 1;
  const x = (time) => plot.left + ((time - range.from) / (range.to - range.from)) * plot.width;
  const y = (edge) => plot.top + plot.height - ((edge - first) / rows) * plot.height;
  return {
    x,
    y,
    box(bucket, index) {
      const left = Math.max(plot.left, x(cells.times[index] - step));
      const right = Math.min(plot.left + plot.width, x(cells.times[index]));
      return { left, top: y(bucket + 1), width: right - left, height: y(bucket) - y(bucket + 1) };
    },
    cellAt(pixelX, pixelY) {
      const time = range.from + ((pixelX - plot.left) / plot.width) * (range.to - range.from);
      const bucket = first + Math.floor(((plot.top + plot.height - pixelY) / plot.height) * rows);
      const index = cells.times.findIndex((one) => time > one - step && time <= one);
      return index >= 0 && bucket >= first && bucket <= last ? { bucket, index } : undefined;
    },
  };
}

/** How a count is coloured: by a scheme of d3 or by one colour that fades, on the scale that the panel asks for. */
function colorsOf(
  { mode = 'scheme', scheme = 'Oranges', scale = 'exponential', exponent = 0.5, fill = 'dark-orange', reverse = false },
  theme,
  { counts },
) {
  const most = Math.max(0, ...counts.flat());
  const interpolate = schemes[`interpolate${scheme}`];
  const isExponential = scale === 'exponential';
  const share = (count) => (most > 0 ? (count / most) ** (isExponential ? exponent : 1) : 0);
  const isTurned = reverse !== isInverted(scheme, theme);
  const color = (part) => {
    if (mode === 'opacity' || !interpolate) {
      const hex = Math.round(part * 255)
        .toString(16)
        .padStart(2, '0');
      return theme.visualization.getColorByName(fill).slice(0, 7) + hex;
    }
    return interpolate(isTurned ? 1 - part : part);
  };
  return { most, color, of: (count) => color(share(count)) };
}

/** Grafana turns schemes around so that few is near the page's colour, in two-sided ones so that few is cold. */
function isInverted(scheme, theme) {
  if (TWO_SIDED.has(scheme)) {
    return true;
  }
  return BEGINS_DARK.has(scheme) ? !theme.isDark : theme.isDark;
}

/** Formats a bucket's upper bound. */
function boundFormatter({ unit = 'short', decimals }) {
  const format = getValueFormat(unit);
  return (value) => {
    if (value === undefined) {
      return '0';
    }
    return Number.isFinite(value) ? formattedValueToString(format(value, decimals)) : '+Inf';
  };
}

function drawCells(context, { cells, used: [first, last], scale, colors, gap, least }) {
  for (let bucket = first; bucket <= last; bucket += 1) {
    cells.counts[bucket].forEach((count, index) => {
      const { left, top, width, height } = scale.box(bucket, index);
      if (count > least && width > 0) {
        context.fillStyle = colors.of(count);
        context.fillRect(left, top, Math.max(width - gap, 1), Math.max(height - gap, 1));
      }
    });
  }
}

function drawAxes(context, { cells, used: [first, last], scale, plot, range, theme, timeZone, bound }) {
  context.font = `12px ${theme.typography.fontFamily}`;
  context.fillStyle = theme.colors.text.primary;
  context.strokeStyle = theme.colors.border.weak;
  context.lineWidth = 1;
  const line = (fromX, fromY, toX, toY) => {
    context.beginPath();
    context.moveTo(fromX, fromY);
    context.lineTo(toX, toY);
    context.stroke();
  };
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  const rowHeight = plot.height / (last - first + 1);
  const everyEdge = Math.max(1, Math.ceil(LABEL_EVERY_PIXELS.y / rowHeight));
  for (let edge = first; edge <= last + 1; edge += everyEdge) {
    const y = scale.y(edge);
    line(plot.left, y, plot.left + plot.width, y);
    context.fillText(
      bound(cells.bounds[edge - 1]),
      plot.left - 8,
      Math.min(plot.top + plot.height - 2, Math.max(y, plot.top + 6)),
    );
  }
  context.textAlign = 'center';
  context.textBaseline = 'top';
  for (const time of ticks(range, plot.width)) {
    const x = scale.x(time);
    line(x, plot.top, x, plot.top + plot.height);
    context.fillText(dateTimeFormat(time, { timeZone, format: 'HH:mm' }), x, plot.top + plot.height + 6);
  }
}

/** Round times that are far enough apart to be read. */
function ticks({ from, to }, width) {
  const minutes = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440];
  const room = ((to - from) / width) * LABEL_EVERY_PIXELS.x;
  const apart = (minutes.find((count) => count * 60_000 >= room) ?? 10_080) * 60_000;
  const times = [];
  for (let time = Math.ceil(from / apart) * apart; time <= to; time += apart) {
    times.push(time);
  }
  return times;
}

function ColorScale({ colors, theme }) {
  const stops = Array.from({ length: 21 }, (_, index) => colors.of((colors.most * index) / 20)).join(', ');
  const number = getValueFormat('short');
  return (
    <div
      style={{
        display: 'flex',
        gap: 8,
        alignItems: 'center',
        height: LEGEND_HEIGHT,
        paddingLeft: MARGIN.left,
        fontSize: 12,
        color: theme.colors.text.secondary,
      }}
    >
      <span>0</span>
      <div style={{ width: 180, height: 10, background: `linear-gradient(90deg, ${stops})` }} />
      <span>{formattedValueToString(number(colors.most, colors.most < 10 ? 1 : 0))}</span>
    </div>
  );
}

function Hovered({ hovered: { bucket, index }, cells, bound, theme, timeZone, plot }) {
  const count = formattedValueToString(getValueFormat('short')(cells.counts[bucket][index]));
  const style = {
    position: 'absolute',
    left: plot.left + 8,
    top: plot.top + 8,
    padding: 8,
    fontSize: 12,
    pointerEvents: 'none',
    background: theme.colors.background.elevated,
    border: `1px solid ${theme.colors.border.medium}`,
  };
  return (
    <div style={style}>
      {dateTimeFormat(cells.times[index], { timeZone })}: {count} between {bound(cells.bounds[bucket - 1])} and{' '}
      {bound(cells.bounds[bucket])}
    </div>
  );
}
