// What could not be saved yet is kept on this computer, by process and part.

const SEVEN_DAYS = 7 * 24 * 3600 * 1000;

function place(part) {
  return `certflow:${part.url}`;
}

export function keep(part, content) {
  try {
    localStorage.setItem(place(part), JSON.stringify({ content, revision: part.revision, at: Date.now() }));
  } catch {
    // a full store: the page still holds it, and asks before it is left
  }
}

export function letGo(part) {
  localStorage.removeItem(place(part));
}

/** What was kept of a part: {content, revision}, or null. */
export function kept(part) {
  try {
    const found = JSON.parse(localStorage.getItem(place(part)) ?? "null");
    return found && Date.now() - found.at < SEVEN_DAYS ? found : null;
  } catch {
    return null;
  }
}
