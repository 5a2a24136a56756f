// Single values: stat and bar gauge by Grafana's own components, the round gauge drawn here.
import { getDisplayValueAlignmentFactors, getFieldDisplayValues } from '@grafana/data';
import { BarGauge, BigValue, VizRepeater, useTheme2 } from '@grafana/ui';

import { configOf } from '../fieldConfig.js';
import { RoundGauge } from './gauge.jsx';

const REDUCE = { calcs: ['lastNotNull'], fields: '', values: false };

/** One value a series (or a row), side by side or below each other. */
export function ValuesPanel({ panel, frames, width, height, timeZone, replaceVariables }) {
  const theme = useTheme2();
  const options = panel.options ?? {};
  const isBars = panel.type === 'bargauge';
  const values = () =>
    getFieldDisplayValues({
      data: frames,
      fieldConfig: configOf(panel),
      reduceOptions: { ...REDUCE, ...options.reduceOptions },
      replaceVariables,
      sparkline: panel.type === 'stat' && (options.graphMode ?? 'area') !== 'none',
      theme,
      timeZone,
    });
  const draw = { stat: drawStat, gauge: drawGauge, bargauge: drawBar }[panel.type];
  return (
    <VizRepeater
      width={width}
      height={height}
      source={frames}
      getValues={values}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderCounter={0}
      renderValue={(props) => draw({ ...props, options, theme })}
      orientation={options.orientation ?? 'auto'}
      autoGrid={!isBars}
      itemSpacing={isBars ? 10 : 8}
      minVizHeight={isBars ? (options.minVizHeight ?? 16) : undefined}
      maxVizHeight={isBars ? (options.maxVizHeight ?? 300) : undefined}
    />
  );
}

function drawStat({ value, width, height, count, alignmentFactors, options, theme }) {
  return (
    <BigValue
      value={value.display}
      count={count}
      sparkline={value.sparkline}
      colorMode={options.colorMode ?? 'value'}
      graphMode={options.graphMode ?? 'area'}
      justifyMode={options.justifyMode ?? 'auto'}
      textMode={options.textMode ?? 'auto'}
      percentChangeColorMode={options.percentChangeColorMode}
      wideLayout={options.wideLayout ?? true}
      text={options.text}
      alignmentFactors={alignmentFactors}
      width={width}
      height={height}
      theme={theme}
    />
  );
}

function drawBar({ value, width, height, orientation, count, alignmentFactors, options, theme }) {
  const { field, display, view, colIndex } = value;
  return (
    <BarGauge
      value={display}
      field={field}
      display={view?.getFieldDisplayProcessor(colIndex ?? 0) ?? undefined}
      orientation={orientation}
      displayMode={options.displayMode ?? 'gradient'}
      valueDisplayMode={options.valueMode ?? 'color'}
      namePlacement={options.namePlacement ?? 'auto'}
      showUnfilled={options.showUnfilled ?? true}
      itemSpacing={10}
      lcdCellWidth={options.displayMode === 'lcd' ? 12 : undefined}
      text={options.text}
      alignmentFactors={count > 1 ? alignmentFactors : undefined}
      width={width}
      height={height}
      theme={theme}
    />
  );
}

function drawGauge({ value, width, height, options, theme }) {
  return <RoundGauge value={value} width={width} height={height} options={options} theme={theme} />;
}
