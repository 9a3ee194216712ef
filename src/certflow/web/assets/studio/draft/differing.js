// What one of two versions of a part has that the other has not, in words; the text itself below.
import { bar, words } from "./telling.js";
import { sent } from "./sending.js";

function made(tag, className, ...children) {
  const one = document.createElement(tag);
  if (className) one.className = className;
  one.append(...children);
  return one;
}

function row({ name, what, kind, details }) {
  const list = made("dl", "");
  for (const { label, value } of details) list.append(made("dt", "", label), made("dd", "", value ? made("mark", "", value) : words("not_there")));
  const state = kind === "changed" ? [] : [made("p", "", words(kind))];
  return made("li", "", made("p", "", made("b", "", name), " ", made("span", "cf-second", what)), ...state, ...(details.length ? [list] : []));
}

/** Lists in `place` how `content` of a part differs from `other`; false when that cannot be told. */
export async function listDifferences(part, place, content, other) {
  const answer = await sent(`${bar.dataset.draft}/compare`, { part, content, other }).catch(() => null);
  if (!answer?.changes.length) return false;
  place.append(made("ul", "cf-versions__changes", ...answer.changes.map(row)));
  return true;
}
