// Applies a panel's field configuration, overrides and transformations with @grafana/data's own functions.
import {
  FieldConfigOptionsRegistry,
  FieldType,
  applyFieldOverrides,
  cacheFieldDisplayNames,
  standardTransformers,
  standardTransformersRegistry,
  toDataFrame,
  transformDataFrame,
} from '@grafana/data';
import { lastValueFrom } from 'rxjs';

const STANDARD = [
  'unit',
  'min',
  'max',
  'fieldMinMax',
  'decimals',
  'displayName',
  'noValue',
  'thresholds',
  'mappings',
  'links',
  'color',
  'filterable',
];

/** What Grafana's plugins take where a dashboard says nothing. */
const CUSTOM_DEFAULTS = {
  timeseries: {
    drawStyle: 'line',
    lineInterpolation: 'linear',
    lineWidth: 1,
    fillOpacity: 0,
    gradientMode: 'none',
    spanNulls: false,
    insertNulls: false,
    showPoints: 'auto',
    pointSize: 5,
    stacking: { mode: 'none', group: 'A' },
    axisPlacement: 'auto',
    axisLabel: '',
    axisColorMode: 'text',
    axisBorderShow: false,
    axisCenteredZero: false,
    scaleDistribution: { type: 'linear' },
    barAlignment: 0,
    barWidthFactor: 0.6,
    thresholdsStyle: { mode: 'off' },
    hideFrom: { legend: false, tooltip: false, viz: false },
  },
  table: { align: 'auto', cellOptions: { type: 'auto' }, inspect: false },
};

const COLORED_BY_SERIES = new Set(['timeseries', 'state-timeline', 'status-history']);
const THRESHOLDS = {
  mode: 'absolute',
  steps: [
    { value: null, color: 'green' },
    { value: 80, color: 'red' },
  ],
};

standardTransformersRegistry.setInit(() => {
  // Some stand in the list under two names.
  const byId = new Map(
    Object.values(standardTransformers).map((transformation) => [transformation.id, transformation]),
  );
  return [...byId].map(([id, transformation]) => ({
    id,
    name: transformation.name,
    transformation: async () => transformation,
    editor: () => null,
  }));
});

/** The panel's transformations that the preview does not know. */
export function unknownTransformations(panel) {
  return (panel.transformations ?? [])
    .map(({ id }) => id)
    .filter((id) => !standardTransformersRegistry.getIfExists(id));
}

/** Data frames as the panel draws them: transformed, configured, with a display processor a field. */
export async function prepare(frames, panel, { replaceVariables, theme, timeZone }) {
  const unknown = unknownTransformations(panel);
  if (unknown.length > 0) {
    throw new Error(`the preview knows no transformation ${unknown.join(', ')}`);
  }
  let data = frames.map((frame) => toDataFrame(frame));
  const transformations = (panel.transformations ?? []).filter(({ disabled }) => !disabled);
  if (transformations.length > 0) {
    data = await lastValueFrom(transformDataFrame(transformations, data, { interpolate: replaceVariables }));
  }
  const fieldConfig = configOf(panel);
  const prepared = applyFieldOverrides({
    data,
    fieldConfig,
    fieldConfigRegistry: registryOf(fieldConfig, replaceVariables),
    replaceVariables,
    theme,
    timeZone,
  });
  // The table reads only the names that are remembered.
  cacheFieldDisplayNames(prepared);
  return prepared;
}

/** The panel's field configuration, complete. */
export function configOf(panel) {
  const { defaults = {}, overrides = [] } = panel.fieldConfig ?? {};
  const custom = { ...CUSTOM_DEFAULTS[panel.type], ...defaults.custom };
  return {
    defaults: {
      ...defaults,
      custom,
      color: defaults.color ?? { mode: COLORED_BY_SERIES.has(panel.type) ? 'palette-classic' : 'thresholds' },
      thresholds: withBase(defaults.thresholds ?? THRESHOLDS),
    },
    overrides: overrides.map((rule) => ({
      ...rule,
      properties: rule.properties.map(({ id, value }) => ({
        id,
        value: id === 'thresholds' ? withBase(value) : value,
      })),
    })),
  };
}

/** JSON cannot say minus infinity: the first step of thresholds is written with null. */
function withBase(thresholds) {
  return (
    thresholds && {
      ...thresholds,
      steps: thresholds.steps.map((step) => ({ ...step, value: step.value ?? -Infinity })),
    }
  );
}

function registryOf({ defaults, overrides }, replaceVariables) {
  const overridden = overrides.flatMap(({ properties }) => properties.map(({ id }) => id));
  const custom = [...Object.keys(defaults.custom).map((key) => `custom.${key}`), ...overridden];
  const ids = new Set([...STANDARD, ...custom.filter((id) => id.startsWith('custom.'))]);
  return new FieldConfigOptionsRegistry(() =>
    [...ids].map((id) => ({
      id,
      path: id.replace(/^custom\./, ''),
      name: id,
      isCustom: id.startsWith('custom.'),
      process: (value) => (id === 'displayName' && value ? replaceVariables(value) : value),
      // A label of the axis is not one of the axis of time.
      shouldApply: (field) => !(id.startsWith('custom.') && field.type === FieldType.time),
      editor: () => null,
      override: () => null,
    })),
  );
}
