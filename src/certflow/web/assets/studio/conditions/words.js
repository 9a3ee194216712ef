// The builder's words, in the reader's language (templates/studio/form_condition_words.html).
const catalogue = JSON.parse(document.getElementById("cf-condition-words")?.textContent || "{}");

export function words(name, values = {}) {
  return (catalogue[name] ?? "").replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}
