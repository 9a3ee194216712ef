// The dialog that shows two versions of a part side by side and lets one choose.
import { escaped } from "../../scripts/page.js";
import { listDifferences } from "./differing.js";
import { words } from "./telling.js";

let before = Promise.resolve();

/** Shows both versions, after any that are shown already; resolves to "mine", "theirs", or "" when it was put off. */
export function ask(question) {
  const answer = before.then(() => shown(question));
  before = answer.catch(() => "");
  return answer;
}

function shown({ part, title, mine, theirs, show }) {
  const dialog = document.querySelector("[data-draft-choice]");
  dialog.querySelector("[data-choice-title]").textContent = words("choice_title", { part: title });
  dialog.querySelector("[data-choice-who]").textContent = words("choice_who", { who: theirs.who, time: theirs.at });
  const sides = { mine: dialog.querySelector("[data-side=mine]"), theirs: dialog.querySelector("[data-side=theirs]") };
  const contents = { mine, theirs: theirs.content };
  const draw = show ?? ((place, content, other) => showWords(part, place, content, other));
  dialog.returnValue = "";
  dialog.showModal();
  const undo = [];
  for (const [name, place] of Object.entries(sides)) {
    place.replaceChildren();
    const other = contents[name === "mine" ? "theirs" : "mine"];
    Promise.resolve(draw(place, contents[name], other)).then((away) => { if (typeof away === "function") undo.push(away); });
    const link = dialog.querySelector(`[data-download=${name}]`);
    link.href = URL.createObjectURL(new Blob([asText(contents[name])], { type: "text/plain" }));
  }
  return new Promise((resolve) => {
    const pressed = (event) => {
      const choice = event.target.closest("[data-choose]")?.dataset.choose;
      if (choice !== undefined) dialog.close(choice);
    };
    dialog.addEventListener("click", pressed);
    dialog.addEventListener("close", () => {
      dialog.removeEventListener("click", pressed);
      undo.forEach((away) => away());
      dialog.querySelectorAll("[data-download]").forEach((link) => URL.revokeObjectURL(link.href));
      resolve(dialog.returnValue);
    }, { once: true });
  });
}

function asText(content) {
  return typeof content === "string" ? content : JSON.stringify(content, null, 2);
}

/** What differs in words, the whole text folded below; only the text where there are no words. */
async function showWords(part, place, content, other) {
  if (!(await listDifferences(part, place, content, other))) {
    showText(place, content, other);
    return;
  }
  const whole = document.createElement("details");
  whole.className = "cf-versions__whole";
  whole.append(Object.assign(document.createElement("summary"), { textContent: words("whole_text") }));
  whole.addEventListener("toggle", () => showText(whole, content, other), { once: true });
  place.append(whole);
}

/** A version as text: the lines that the other one lacks are marked. */
function showText(place, content, other) {
  const theirs = new Set(asText(other).split("\n").map((line) => line.trim()));
  const list = document.createElement("pre");
  list.className = "cf-versions__text";
  list.tabIndex = 0;
  list.innerHTML = asText(content)
    .split("\n")
    .map((line) => (theirs.has(line.trim()) ? escaped(line) : `<mark>${escaped(line)}</mark>`))
    .join("\n");
  place.append(list);
  list.querySelector("mark")?.scrollIntoView({ block: "center" });
}
