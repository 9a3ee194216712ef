// The editor's words, in the reader's language (templates/studio/draft_words.html).
const catalogue = JSON.parse(document.getElementById("cf-diagram-words")?.textContent || "{}");

export const locale = document.body.dataset.locale === "en" ? "en" : "zh";

/** The words under a name, with {placeholders} filled in. */
export function words(name, values = {}) {
  return (catalogue[name] ?? "").replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}
