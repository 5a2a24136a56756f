// A dashboard's variables: what they offer, what is chosen, and how they are written into a query.

/** The value that stands for all of them, as Grafana writes it in dashboards and addresses. */
export const ALL = '$__all';

const REFERENCE = /\$(\w+)|\$\{(\w+)(?:\.[^:}]+)?(?::(\w+))?\}|\[\[(\w+)\]\]/g;
const LABEL_VALUES = /^label_values\((?:(.+),)?\s*([a-zA-Z_]\w*)\s*\)$/s;

/** The metric selector (or none) and the label of `label_values(selector, label)`; undefined for any other query. */
export function parseLabelValues(definition) {
  const found = LABEL_VALUES.exec(definition.trim());
  return found ? { selector: found[1]?.trim(), label: found[2] } : undefined;
}

/** The query of a variable, whichever way the dashboard writes it down. */
export function definitionOf(variable) {
  return typeof variable.query === 'string' ? variable.query : (variable.query?.query ?? variable.definition ?? '');
}

/** What a variable offers, given the values that a query variable was answered. */
export function offered(variable, answered = []) {
  switch (variable.type) {
    case 'query':
      return shape(variable, answered);
    case 'custom':
    case 'interval':
      return listed(definitionOf(variable));
    case 'constant':
    case 'textbox':
    case 'datasource':
      return [variable.current?.value ?? definitionOf(variable)].flat().map(String);
    default:
      throw new Error(`the preview knows no variable of type ${variable.type} (${variable.name})`);
  }
}

/** The values of a query variable after its `regex` and `sort`. */
function shape(variable, answered) {
  let values = answered;
  const regex = /^\/(.*)\/(\w*)$/s.exec(variable.regex ?? '');
  if (regex) {
    const pattern = new RegExp(regex[1], regex[2].replace('g', ''));
    const matched = values.map((value) => pattern.exec(value)).filter(Boolean);
    values = [...new Set(matched.map((match) => match[1] ?? match[0]))];
  }
  // 1 and 2 are alphabetical, 3 and 4 numerical, 5 and 6 alphabetical in any case; even ones are descending.
  const sort = variable.sort ?? 0;
  if (sort > 0) {
    const numeric = sort === 3 || sort === 4;
    values = [...values].sort((one, other) => one.localeCompare(other, 'en', { numeric }));
  }
  return sort > 0 && sort % 2 === 0 ? values.reverse() : values;
}

function listed(text) {
  const values = text.split(',').map((value) => value.trim());
  // `shown : meant` gives a choice another text than its value.
  return values.filter(Boolean).map((value) => value.split(' : ').at(-1));
}

/** What is chosen: the values wished for as far as they are offered, else the dashboard's own, else the first. */
export function chosen(variable, options, wished = []) {
  if (variable.type === 'textbox' && wished.length > 0) {
    return wished.slice(0, 1);
  }
  const isOffered = (value) => (value === ALL ? variable.includeAll : options.includes(value));
  const own = [variable.current?.value ?? []].flat().map(String);
  const possible = [wished, own].map((values) => values.filter(isOffered)).find((values) => values.length > 0);
  if (possible) {
    return variable.multi ? possible : possible.slice(0, 1);
  }
  return variable.includeAll ? [ALL] : options.slice(0, 1);
}

/** How a text for people shows several values. */
const TEXT = 'text';

/** Writes the variables into a title or another text for people; what is no variable stays as it is. */
export function interpolateText(text, values) {
  return text.replace(REFERENCE, (reference) => {
    const name = reference.match(/\w+/)[0];
    if (!Object.hasOwn(values, name)) {
      return reference;
    }
    return typeof values[name] === 'string' ? values[name] : written(values[name], TEXT);
  });
}

/**
 * Writes what a data link says of its series, `${__field.labels.NAME}` and `${__field.name}`, or of its row,
 * `${__data.fields["HEADING"]}`.
 *
 * @param at `{ field, frame, rowIndex }`; the last two only in tables.
 */
export function interpolateField(text, { field, frame, rowIndex }) {
  const ofSeries = text.replace(/\$\{__field\.(name|labels)(?:\.(\w+)|\["([^"]+)"\])?\}/g, (_, part, plain, quoted) =>
    part === 'name' ? field.name : (field.labels?.[plain ?? quoted] ?? ''),
  );
  return ofSeries.replace(/\$\{__data\.fields\["([^"]+)"\]\}/g, (_, heading) => {
    const column = frame?.fields.find(({ name, config }) => (config?.displayName ?? name) === heading);
    return column?.values[rowIndex] ?? '';
  });
}

/**
 * Writes the variables into a query.
 *
 * @param values by name: a string, or `{ variable, options, chosen }`.
 * @throws when a variable is not known, which Grafana would send to Prometheus as it is written.
 */
export function interpolate(text, values) {
  return text.replace(REFERENCE, (reference, plain, braced, format, bracketed) => {
    const name = plain ?? braced ?? bracketed;
    if (!Object.hasOwn(values, name)) {
      throw new Error(`${reference} is no variable of this dashboard`);
    }
    const value = values[name];
    return typeof value === 'string' ? value : written(value, format);
  });
}

function written({ variable, options, chosen: picked }, format) {
  const isAll = picked.includes(ALL);
  if (format === TEXT) {
    return isAll ? 'All' : picked.join(' + ');
  }
  if (isAll && variable.allValue) {
    return variable.allValue;
  }
  const meant = isAll ? options : picked;
  switch (format) {
    case 'raw':
    case 'csv':
      return meant.join(',');
    case 'pipe':
      return meant.join('|');
    case 'regex':
      return alternatives(meant.map(escapeRegex));
    case undefined:
      break;
    default:
      throw new Error(`the preview does not know the format \${${variable.name}:${format}}`);
  }
  if (!variable.multi && !variable.includeAll) {
    return meant.map(escapeString).join(',');
  }
  // What can be several is meant for =~ and stands in a quoted string: its backslashes are written twice.
  return alternatives(meant.map((value) => escapeRegex(value).replaceAll('\\', '\\\\')));
}

function alternatives(values) {
  return values.length === 1 ? values[0] : `(${values.join('|')})`;
}

function escapeString(value) {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}

function escapeRegex(value) {
  return value.replace(/[\\^$*+?.()|[\]{}]/g, '\\$&');
}
