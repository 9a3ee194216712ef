// The properties of what is selected, in plain words. Rebuilt when the drawing changes, never under
// the hands of somebody who is typing.
import { getBusinessObject, is } from "bpmn-js/lib/util/ModelUtil";
import { escaped, icon } from "../../../scripts/page.js";
import { variablesAt } from "../../conditions/index.js";
import { locale, words } from "../words.js";
import { button, link, make, markup, settle } from "./fields.js";
import { groupsOf, iconOf, kindOf } from "./kinds.js";
import { Changes } from "./properties.js";

const CLOSED = "certflow:panel-closed";
const TYPED = "input:not([type=checkbox], [type=radio]), textarea, .cf-cond *";

export class Panel {
  #element = null;
  #stale = false;
  #pressed = false;
  #timer = 0;
  #next = "";
  #variables = new Map();
  #closed = new Set(JSON.parse(sessionStorage.getItem(CLOSED) ?? "[]"));

  constructor(box, modeler, { vocabulary, readOnly, draft }) {
    Object.assign(this, { box, modeler, vocabulary, readOnly, draft, findings: () => [] });
    this.changes = new Changes(modeler);
    this.service = modeler.get("serviceWords");
    this.registry = modeler.get("elementRegistry");
    box.addEventListener("focusout", () => { if (this.#stale) this.refresh(); });
    box.addEventListener("pointerdown", () => { this.#pressed = true; });
    for (const name of ["pointerup", "pointercancel"]) {
      addEventListener(name, () => {
        this.#pressed = false;
        if (this.#stale) this.refresh();
      });
    }
    modeler.on("selection.changed", ({ newSelection }) => this.show(newSelection));
    modeler.on(["commandStack.changed", "certflow.service.replaced"], () => this.refresh());
    if (readOnly) modeler.on("element.click", ({ element }) => this.show([element], true));
    addEventListener("studio:saved", () => {
      this.#variables.clear();
      this.#lookUp(true);
    });
    box.querySelector("[data-panel-close]")?.addEventListener("click", () => this.#sheet(false));
    this.show([]);
  }

  /** Selects an element, brings it into sight and shows it. */
  go(id, centre = true) {
    const element = this.registry.get(id);
    if (!element) {
      this.show([]);
      return;
    }
    const selection = this.modeler.get("selection", false);
    if (selection && !this.readOnly) selection.select(element);
    else this.show([element], true);
    if (centre) this.#centre(element);
  }

  /** What may be named has changed: a form was added, a deadline renamed. */
  know(vocabulary) {
    if (!vocabulary || JSON.stringify(vocabulary) === JSON.stringify(this.vocabulary)) return;
    this.vocabulary = vocabulary;
    this.refresh();
  }

  show(selected, sheet = false) {
    settle();
    const [first] = selected;
    this.#element = selected.length > 1 ? null : (first?.labelTarget ?? first ?? this.#root());
    this.several = selected.length > 1 ? selected.length : 0;
    this.#build();
    this.box.querySelector("[data-panel-body]").scrollTop = 0;
    this.#lookUp();
    if (sheet) this.#sheet(this.#element !== this.#root());
  }

  /** Builds the panel again, after what is under way: a click that has begun, somebody who types; then `focus` gets it. */
  refresh(focus = "") {
    this.#stale = true;
    this.#next ||= focus;
    this.#tellFindings();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#typing() || this.#pressed) return;
      if (this.#element && !this.registry.get(this.#element.id)) this.#element = this.#root();
      this.#build();
      this.#lookUp();
    });
  }

  /** The variables that can be known at an element, as far as they are here already. */
  variables(id) {
    return this.#variables.get(id) ?? [];
  }

  #root() {
    const pool = this.registry.find((one) => is(one, "bpmn:Participant"));
    return pool ?? this.modeler.get("canvas").getRootElement();
  }

  #typing() {
    return this.box.contains(document.activeElement) && document.activeElement.matches(TYPED);
  }

  async #lookUp(again = false) {
    const element = this.#element;
    if (!element || this.readOnly || !is(element, "bpmn:FlowElement")) return;
    const ids = [element.id, ...(is(element, "bpmn:ExclusiveGateway") ? element.outgoing.map((one) => one.id) : [])];
    const missing = ids.filter((id) => !this.#variables.has(id));
    if (!missing.length) return;
    const found = await Promise.all(missing.map((id) => variablesAt(id).catch(() => [])));
    missing.forEach((id, index) => this.#variables.set(id, found[index]));
    if (this.#element !== element || (again && this.#typing())) return;
    if (found.some((list) => list.length)) this.refresh();
  }

  #build() {
    this.#stale = false;
    const body = this.box.querySelector("[data-panel-body]");
    const [focus, top] = [this.#next || this.#focused(), body.scrollTop];
    this.#next = "";
    this.#head();
    if (this.several) body.replaceChildren(...this.#many());
    else body.replaceChildren(...groupsOf(this.#element, this).map((group) => this.#group(group)));
    body.scrollTop = top;
    if (focus) body.querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
    this.#tellFindings();
  }

  #focused() {
    return this.box.contains(document.activeElement) ? document.activeElement.dataset.key : "";
  }

  #head() {
    const head = this.box.querySelector("[data-panel-head]");
    const element = this.#element;
    const kind = this.several ? words("several", { number: this.several }) : kindOf(element);
    const name = this.several ? "" : this.nameOf(element) || (is(element, "bpmn:TextAnnotation") ? "" : words("nameless"));
    head.innerHTML = `<span class="cf-prop__kind">${this.several ? icon("stack-2") : iconOf(element)}${escaped(kind)}</span><h2>${escaped(name)}</h2>`;
  }

  #many() {
    const about = make("p", "cf-prop__note", words("several_hint"));
    return [make("div", "cf-prop__group", make("div", "cf-prop__fields", [about, this.readOnly ? null : button(words("remove_all"), () => this.modeler.get("editorActions").trigger("removeSelection"), "trash")]))];
  }

  #group({ key, title, fields, open = true }) {
    const box = make("details", "cf-prop__group");
    box.open = open ? !this.#closed.has(key) : this.#closed.has(`+${key}`);
    box.append(markup("summary", "", `<span>${escaped(title)}</span>${icon("chevron-down")}`), make("div", "cf-prop__fields", fields.filter(Boolean)));
    box.addEventListener("toggle", () => {
      const mark = open ? key : `+${key}`;
      const marked = open ? !box.open : box.open;
      this.#closed[marked ? "add" : "delete"](mark);
      sessionStorage.setItem(CLOSED, JSON.stringify([...this.#closed]));
    });
    return box;
  }

  #tellFindings() {
    const place = this.box.querySelector("[data-panel-findings]");
    const list = this.#element ? this.findings(this.#element.id, this.#element === this.#root()) : [];
    place.hidden = !list.length;
    place.innerHTML = list.map((one) => `<li class="cf-prop__finding cf-prop__finding--${one.severity}">${icon(one.severity === "error" ? "alert-circle" : "alert-triangle", words(one.severity))}<span>${escaped(one.message)}</span></li>`).join("");
  }

  #centre(element) {
    const canvas = this.modeler.get("canvas");
    canvas.scrollToElement(element, { top: 80, bottom: 80, left: 160, right: 80 });
  }

  #sheet(shown) {
    this.box.toggleAttribute("data-shown", shown);
  }

  /** What an element is called in the reader's language. */
  nameOf(element) {
    const drawn = getBusinessObject(element).name ?? "";
    return (locale === "en" && this.service.english(element)) || drawn;
  }

  /** A link to another element of the drawing. */
  to(element, label) {
    return link(label ?? (this.nameOf(element) || element.id), () => this.go(element.id), "arrow-right");
  }
}
