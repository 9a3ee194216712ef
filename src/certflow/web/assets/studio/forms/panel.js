// The right side: the settings of what is selected.
import { h, whenReleased } from "./controls.js";
import { fieldPanel } from "./field_panel.js";
import { formPanel, pagePanel, recordPanel } from "./form_panel.js";
import { decidesPanel, outcomePanel, rulesPanel } from "./outcome_panel.js";

const PANELS = { field: fieldPanel, page: pagePanel, outcome: outcomePanel, rules: rulesPanel, decides: decidesPanel };

export class Panel {
  constructor(editor, place, outline) {
    this.editor = editor;
    this.place = place;
    this.outline = outline;
    this.draw = this.draw.bind(this);
    editor.addEventListener("change", (event) => event.detail.redraw && whenReleased(this.draw));
    editor.addEventListener("select", () => whenReleased(this.draw));
    editor.addEventListener("findings", () => this.wrong());
    this.draw();
  }

  draw() {
    const { editor } = this;
    const focused = [...this.place.querySelectorAll("input, select, textarea, button, summary")].indexOf(document.activeElement);
    const same = this.shown && editor.is(this.shown);
    const top = this.place.scrollTop;
    this.shown = editor.selection;
    const panel = PANELS[editor.selection.kind] ?? (editor.isRecord ? recordPanel : formPanel);
    this.said = h("div", { class: "cf-fe-wrongs" });
    const made = panel(editor, editor.selection, this);
    const [head, ...rest] = made.filter(Boolean);
    this.place.replaceChildren(head, this.said, ...rest);
    this.wrong();
    if (editor.readOnly) this.place.querySelectorAll("input, select, textarea, button").forEach((one) => { one.disabled = true; });
    this.place.scrollTop = same ? top : 0;
    if (same && focused >= 0) this.place.querySelectorAll("input, select, textarea, button, summary")[focused]?.focus({ preventScroll: true });
  }

  /** What is wrong here, in the words of the check. */
  wrong() {
    const { editor } = this;
    const { kind, name, index } = editor.selection;
    const places = {
      field: [name],
      page: [editor.content.pages?.[index]?.key],
      outcome: [editor.content.outcomes?.[index]?.key],
      decides: Object.keys(editor.content.decides ?? {}),
      form: [editor.content.key, ""],
    }[kind] ?? [];
    const found = editor.findings.filter((one) => places.includes(one.place) || (kind === "form" && editor.whereIs(one.place).kind === "form"));
    this.said.replaceChildren(...found.map((one) => h("p", { class: "cf-fe-wrong" }, one.message)));
    this.said.setAttribute("role", "status");
  }
}
