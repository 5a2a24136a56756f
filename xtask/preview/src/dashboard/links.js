// The links above a dashboard: to addresses, and to the other dashboards with a tag.

/** `{ title, url, tooltip }` of each link; those to dashboards take the time and the variables along if they are to. */
export function linksOf(model, entries, parameters) {
  return (model.links ?? []).flatMap((link) => {
    const taken = [...parameters].filter(([name]) => isTaken(name, link));
    const query = taken.length > 0 ? `?${new URLSearchParams(taken)}` : '';
    if (link.type !== 'dashboards') {
      return link.url ? [{ title: link.title, url: link.url + query, tooltip: link.tooltip }] : [];
    }
    const linked = entries.filter(
      ({ uid, tags }) => uid && uid !== model.uid && (link.tags ?? []).every((tag) => tags.includes(tag)),
    );
    return linked.map(({ uid, title, description }) => ({
      title,
      url: `/d/${encodeURIComponent(uid)}${query}`,
      tooltip: description,
    }));
  });
}

function isTaken(name, { keepTime, includeVars }) {
  return (keepTime && (name === 'from' || name === 'to')) || (includeVars && name.startsWith('var-'));
}
