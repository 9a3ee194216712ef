// Which kind of question to add: a dialog with each kind, its sign and what it is good for.
import { h, sign } from "./controls.js";
import { addField } from "./model.js";
import { INSIDE_RECORDS, KINDS } from "./widgets.js";
import { words } from "./words.js";

const dialog = document.querySelector("[data-palette]");
let choose = () => {};

/** Offers the kinds; the one chosen is added on a page at an index and selected. */
export function openPalette(editor, page, index) {
  const offered = editor.isRecord ? INSIDE_RECORDS : Object.keys(KINDS).filter((kind) => kind !== "review" || editor.content.reviews);
  choose = (kind) => {
    dialog.close();
    let name = "";
    editor.change((content) => { name = addField(content, kind, page, index); });
    editor.added(name);
    document.querySelector("[data-panel] input")?.select();
  };
  const list = dialog.querySelector("[data-kinds]");
  list.replaceChildren(...offered.map((kind) => h("li", {}, h("button", { type: "button", class: "cf-fe-kind", onclick: () => choose(kind) }, sign(KINDS[kind].icon), h("span", {}, h("b", {}, words(`kind_${kind}`)), h("small", {}, words(`what_${kind}`)))))));
  dialog.showModal();
}

dialog?.querySelectorAll("[data-close]").forEach((one) => one.addEventListener("click", () => dialog.close()));
