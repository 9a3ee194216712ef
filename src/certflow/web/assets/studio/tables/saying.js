// The words of this page, and markup made from them.
import { escaped, icon } from "../../scripts/page.js";

export const room = document.querySelector("[data-table]");
const catalogue = JSON.parse(room.dataset.words);
const policies = JSON.parse(room.dataset.policies);

/** Words of this page, {placeholders} filled in. */
export function words(name, values = {}) {
  return (catalogue[name] ?? "").replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/** What a hit policy is called, and what it means. */
export function policyWords(policy) {
  return { name: policies.names[policy] ?? "", meaning: policies.meanings[policy] ?? "" };
}

/** An element with its classes and what is in it (texts are escaped). */
export function made(tag, classes, content = "", attributes = {}) {
  const element = document.createElement(tag);
  if (classes) element.className = classes;
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  if (typeof content === "string") element.innerHTML = escaped(content);
  else element.append(...[content].flat());
  return element;
}

/** A state: its icon and its word. */
export function state(kind, sign, text) {
  const element = made("span", `cf-state cf-state--${kind}`);
  element.innerHTML = `${icon(sign)}${escaped(text)}`;
  return element;
}

/** A button with words, that does something. */
export function button(text, pressed, classes = "cf-text-button", attributes = {}) {
  const element = made("button", classes, text, { type: "button", ...attributes });
  element.addEventListener("click", pressed);
  return element;
}

/** A value as people read it. */
export function shown(value) {
  if (value === null || value === undefined || value === "") return words("empty");
  if (value === true || value === "true") return words("yes");
  if (value === false || value === "false") return words("no");
  if (Array.isArray(value)) return value.map(shown).join(words("comma"));
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
