// A round gauge: the value as a part of an arc, the thresholds as a thin arc around it.
/** From lower left over the top to lower right, in radians clockwise from the top. */
const BEGIN = -0.65 * Math.PI;
const END = 0.65 * Math.PI;

export function RoundGauge({ value, width, height, options, theme }) {
  const { display, field } = value;
  const min = field.min ?? 0;
  const max = field.max ?? 100;
  const nameHeight = display.title ? 22 : 0;
  const radius = Math.max(10, Math.min(width / 2, (height - nameHeight) / 1.46) - 4);
  const thickness = radius * 0.18;
  const center = { x: width / 2, y: radius + 4 };
  const share = (number) => Math.min(1, Math.max(0, (number - min) / (max - min || 1)));
  const angle = (part) => BEGIN + part * (END - BEGIN);
  const arc = (from, to, outer, thick) => arcPath(center, outer - thick / 2, angle(from), angle(to));
  const hasValue = Number.isFinite(display.numeric);
  const text = `${display.prefix ?? ''}${display.text}${display.suffix ?? ''}`;
  // A letter is about 0.6 of its size wide, and the text has the inner circle's width.
  const fontSize = Math.min(radius * 0.5, (1.8 * (radius - thickness - 9)) / (0.6 * Math.max(text.length, 3)));
  return (
    <svg width={width} height={height} role="img" aria-label={`${display.title ?? ''} ${text}`}>
      <path
        d={arc(0, 1, radius - 7, thickness)}
        fill="none"
        stroke={theme.colors.background.secondary}
        strokeWidth={thickness}
      />
      {hasValue && share(display.numeric) > 0 && (
        <path
          d={arc(0, share(display.numeric), radius - 7, thickness)}
          fill="none"
          stroke={display.color}
          strokeWidth={thickness}
        />
      )}
      {(options.showThresholdMarkers ?? true) &&
        bands(field, min, max).map(({ from, to, color }) => (
          <path
            key={from}
            d={arc(share(from), share(to), radius, 4)}
            fill="none"
            stroke={theme.visualization.getColorByName(color)}
            strokeWidth={4}
          />
        ))}
      <text
        x={center.x}
        y={center.y + fontSize * 0.2}
        textAnchor="middle"
        fontSize={fontSize}
        fontWeight={500}
        fill={display.color ?? theme.colors.text.primary}
      >
        {text}
      </text>
      {display.title && (
        <text
          x={center.x}
          y={Math.min(height - 6, center.y + radius * 0.75)}
          textAnchor="middle"
          fontSize={14}
          fill={theme.colors.text.primary}
        >
          {display.title}
        </text>
      )}
    </svg>
  );
}

/** The thresholds as ranges of values within the scale. */
function bands({ thresholds }, min, max) {
  const steps = thresholds?.steps ?? [];
  const value = (step) => (thresholds.mode === 'percentage' ? min + (step.value / 100) * (max - min) : step.value);
  const ranges = steps.map((step, index) => ({
    from: Math.max(min, value(step)),
    to: index + 1 < steps.length ? Math.min(max, value(steps[index + 1])) : max,
    color: step.color,
  }));
  return ranges.filter(({ from, to }) => to > from);
}

function arcPath({ x, y }, radius, from, to) {
  const point = (at) => `${x + radius * Math.sin(at)} ${y - radius * Math.cos(at)}`;
  return `M ${point(from)} A ${radius} ${radius} 0 ${to - from > Math.PI ? 1 : 0} 1 ${point(to)}`;
}
