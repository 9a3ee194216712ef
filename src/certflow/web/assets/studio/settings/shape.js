// What the server says of the settings' fields, and the words of the page.
const page = document.querySelector("[data-settings]");
const catalogue = JSON.parse(page.dataset.words);

export const shape = {
  ...JSON.parse(page.dataset.shape),
  samples: JSON.parse(page.dataset.samples),
  langs: { zh: "zh-CN", en: "en" },
  readOnly: false,
  value: () => undefined,
};

export { page };

export function words(name, values = {}) {
  return (catalogue[name] ?? "").replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}
