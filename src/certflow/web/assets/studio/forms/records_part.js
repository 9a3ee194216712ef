// The kind of record of a repeating question: chosen, or made new and opened in its own editor.
import { flushAll } from "../draft.js";
import { sent } from "../draft/sending.js";
import { button, h, pair, select } from "./controls.js";
import { allFields, put } from "./model.js";
import { about, say, words } from "./words.js";

const address = (kind) => about.records.replace("NAME", encodeURIComponent(kind));

export function recordsParts({ editor, field }) {
  const kinds = Object.entries(about.kinds).map(([value, kind]) => ({ value, label: say(kind.title) || value }));
  const chosen = about.kinds[field.records];
  const options = [{ value: "", label: words("choose") }, ...kinds];
  return [
    select(words("record_kind"), options, field.records ?? "", (kind) => editor.change(() => { field.records = kind; }), { help: words("record_kind_help") }),
    chosen && h("div", { class: "cf-fe-field cf-fe-kindcard" },
      h("p", {}, words("record_asks", { names: allFields(chosen).map((one) => say(one.label)).filter(Boolean).join(words("comma")) })),
      h("a", { href: address(field.records) }, words("edit_record"))),
    !editor.readOnly && making(editor, field),
  ];
}

/** A new kind of record with the question's own words, as they stand when it is unfolded. */
function making(editor, field) {
  const box = h("details", { class: "cf-fe-more" }, h("summary", {}, words("new_record")));
  box.addEventListener("toggle", () => box.open && box.children.length === 1 && box.append(...naming(editor, field)));
  return box;
}

/** Its name and the button; its questions are edited on its own page. */
function naming(editor, field) {
  const title = { zh: field.label?.zh ?? "", en: field.label?.en ?? "" };
  const told = h("p", { class: "cf-fe-wrong", role: "alert" });
  const make = async () => {
    try {
      const answer = await sent(about.make, { title });
      about.kinds[answer.name] = answer.content;
      editor.change(() => put(field, "records", answer.name));
      await flushAll();
    } catch (error) {
      told.textContent = error.message || words("no_preview");
    }
  };
  return [
    pair(words("record_title"), title, (language, text) => { title[language] = text; }, { help: words("record_title_help") }),
    told,
    button(words("make_record"), make, { mark: "plus" }),
  ];
}
