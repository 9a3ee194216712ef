// The bar that says whether all is saved, and who else is here (templates/studio/draft_bar.html).
import { escaped, icon } from "../../scripts/page.js";

export const bar = document.querySelector("[data-draft]");
export const mayEdit = bar?.dataset.edit === "yes";
const catalogue = JSON.parse(document.getElementById("cf-draft-words")?.textContent || "{}");
const MARKS = { saved: "cloud-check", saving: "cloud-upload", dirty: "pencil", unsaved: "cloud-off", refused: "alert-circle", stale: "git-compare" };

/** Words of the draft's bar and dialog, {placeholders} filled in. */
export function words(name, values = {}) {
  return (catalogue[name] ?? "").replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

let last = "";

/** Says how it stands with saving; `choose` opens the comparison when two versions wait. */
export function say(state, values = {}, choose = null) {
  const place = bar?.querySelector("[data-draft-state]");
  if (!place) return;
  const text = mayEdit ? words(state, values) : words("looking");
  const markup = text ? `${icon(mayEdit ? MARKS[state] : "eye")}<span>${escaped(text)}</span>` : "";
  if (markup === last) return;
  last = markup;
  place.innerHTML = markup;
  place.dataset.draftState = state;
  if (state !== "stale" || !choose) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "cf-text-button";
  button.textContent = words("compare");
  button.addEventListener("click", choose);
  place.append(button);
}

/** Says who else has the draft open. */
export function others(found) {
  const place = bar?.querySelector("[data-draft-others]");
  if (!place) return;
  place.hidden = !found.length;
  const names = found.map((one) => one.name);
  const text = words("others", { number: found.length });
  place.innerHTML = `${icon("users")}<span>${escaped(text)}</span><span class="cf-muted">${escaped(names.join(words("comma")))}</span>`;
  place.title = names.join(words("comma"));
}
