// Two people changed the same part: what they did at different places goes together.

const isObject = (one) => one !== null && typeof one === "object" && !Array.isArray(one);
const same = (one, other) => one === other || JSON.stringify(one) === JSON.stringify(other);

/**
 * Both changes in one. Where they contradict each other: the side that is preferred ("mine",
 * "theirs"), else undefined. Texts are whole; so are lists, but for those whose members have names
 * and stand in the same order on all sides: pages of a form, its questions, their options.
 */
export function merged(base, mine, theirs, prefer = "") {
  if (same(mine, theirs) || same(base, theirs)) return mine;
  if (same(base, mine)) return theirs;
  const names = named(mine);
  if (names && same(names, named(theirs)) && same(names, named(base))) {
    const members = mine.map((one, index) => merged(base[index], one, theirs[index], prefer));
    return members.includes(undefined) ? undefined : members;
  }
  if (!isObject(mine) || !isObject(theirs)) return { mine, theirs }[prefer];
  const before = isObject(base) ? base : {};
  const both = {};
  for (const key of new Set([...Object.keys(theirs), ...Object.keys(mine)])) {
    const one = pick(before, mine, theirs, key, prefer);
    if (one === undefined) return undefined;
    if (one.there) both[key] = one.value;
  }
  return both;
}

/** What the members of a list are called; null where they have no names of their own. */
function named(list) {
  if (!Array.isArray(list) || !list.every(isObject)) return null;
  const names = list.map((one) => one.name ?? one.key ?? one.value ?? one.code);
  const own = names.every((one) => typeof one === "string") && new Set(names).size === names.length;
  return own ? names : null;
}

function pick(before, mine, theirs, key, prefer) {
  const has = (object) => Object.hasOwn(object, key);
  if (has(mine) && has(theirs)) {
    const value = merged(before[key], mine[key], theirs[key], prefer);
    return value === undefined ? undefined : { there: true, value };
  }
  const holder = has(mine) ? mine : theirs;
  if (!has(before)) return { there: true, value: holder[key] };
  if (same(before[key], holder[key])) return { there: false };
  if (!prefer) return undefined; // one removed, the other changed it
  return holder === { mine, theirs }[prefer] ? { there: true, value: holder[key] } : { there: false };
}
