// The form editor: outline at the left, the form as it will look in the middle, settings at the right.
import "./forms.css";
import { openPart } from "../draft.js";
import { findings } from "../findings.js";
import { compared } from "./compared.js";
import { Editor } from "./editor.js";
import { follow } from "./follow.js";
import { Outline, toolbar } from "./outline.js";
import { Panel } from "./panel.js";
import { Preview } from "./preview.js";
import { about, say } from "./words.js";

const place = (name) => document.querySelector(`[data-${name}]`);

/** On narrow pages one of the three sides is shown at a time. */
function tabs(editor) {
  const all = [...document.querySelectorAll("[data-side-tab]")];
  const show = (side) => {
    document.querySelector("[data-form-editor]").dataset.shown = side;
    for (const one of all) one.setAttribute("aria-pressed", one.dataset.sideTab === side);
    dispatchEvent(new Event("resize"));
  };
  for (const one of all) one.addEventListener("click", () => show(one.dataset.sideTab));
  editor.addEventListener("select", () => matchMedia("(max-width: 1023px)").matches && show("panel"));
  show("outline");
}

async function start() {
  let editor = null;
  const title = document.querySelector("h1").textContent.trim();
  const part = await openPart(about.part, { title, show: compared, apply: (content) => editor?.replace(content) });
  editor = new Editor(part);
  tabs(editor);
  follow(editor, part);
  const outline = new Outline(editor, place("outline"));
  new Panel(editor, place("panel"), outline);
  new Preview(editor, place("preview"));
  toolbar(editor, place("toolbar"));
  editor.addEventListener("change", () => {
    const name = say(editor.content.title);
    if (name) document.querySelector("h1").textContent = name;
  });
  part.onSaved(() => dispatchEvent(new Event("studio:saved")));
  findings.subscribe((list) => editor.find(null, list.filter((one) => one.part === about.part && one.severity === "error")));
  findings.onLight((one) => {
    if (one.part !== about.part) return false;
    editor.select(one.place ? editor.whereIs(one.place) : { kind: "form" }, { focus: true });
    return true;
  });
  place("form-editor").dataset.ready = "";
}

start();
