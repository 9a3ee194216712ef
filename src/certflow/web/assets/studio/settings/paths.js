// Reading and writing one place in the settings; all else stays as it is.

/** The keys of a path; keys themselves never hold a dot. */
const keys = (path) => path.split(".");

export function read(content, path) {
  return keys(path).reduce((value, key) => value?.[key], content);
}

/** A copy in which `path` holds `value`; undefined takes the place away, with holders left empty by it. */
export function written(content, path, value) {
  const [key, ...rest] = keys(path);
  const copy = Array.isArray(content) ? [...content] : { ...content };
  const inner = rest.length ? written(copy[key] ?? {}, rest.join("."), value) : value;
  if (inner === undefined) {
    if (Array.isArray(copy)) copy.splice(Number(key), 1);
    else delete copy[key];
  } else copy[key] = inner;
  return copy;
}
