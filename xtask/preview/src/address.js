// The page's address holds what is looked at, in the words of Grafana's own addresses.
import { useCallback, useState } from 'react';

/** The address' parameters and a function that changes some of them (undefined or empty takes one away). */
export function useAddress() {
  const [parameters, setParameters] = useState(() => new URLSearchParams(window.location.search));
  const change = useCallback((changes) => {
    setParameters((current) => {
      const next = new URLSearchParams(current);
      for (const [name, value] of Object.entries(changes)) {
        next.delete(name);
        [value ?? []].flat().forEach((one) => next.append(name, one));
      }
      window.history.replaceState(null, '', `${window.location.pathname}?${next}`);
      return next;
    });
  }, []);
  return [parameters, change];
}

/** The values wished for by `var-NAME=VALUE`, by name. */
export function wishedValues(parameters) {
  const wished = {};
  for (const [name, value] of parameters) {
    if (name.startsWith('var-')) {
      (wished[name.slice('var-'.length)] ??= []).push(value);
    }
  }
  return wished;
}
