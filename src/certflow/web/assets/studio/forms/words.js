// The editor's words and what it edits (templates/studio/form.html).
const catalogue = JSON.parse(document.getElementById("cf-form-words")?.textContent || "{}");
export const about = JSON.parse(document.getElementById("cf-form-about")?.textContent || "{}");

export function words(name, values = {}) {
  return (catalogue[name] ?? "").replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/** A text of the form in the reader's language. */
export function say(text) {
  if (typeof text === "string") return text;
  return (about.locale === "en" ? text?.en || text?.zh : text?.zh || text?.en) ?? "";
}
