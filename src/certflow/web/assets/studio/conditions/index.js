// The condition builder: rows that anybody can fill in, or the same as text; both say at once what is
// wrong. conditionBuilder(container, { text, variables, onChange, ... }) returns { text, set, focus }.
//
// variables: [{ name, label, type, values: [{ value, label }], source, always }]
// options:   element   where the condition stands (asks the server what is known there)
//            known     true: `variables` are all there are (a form that is not saved yet)
//            dates     "stored" (default; dates of a process are texts) or "typed" (fields of a form)
//            empty     what no condition means; without it a condition is needed
//            label     what the condition is for, for readers; readOnly
import "./conditions.css";
import { escaped, icon } from "../../scripts/page.js";
import { asked, sent } from "../draft/sending.js";
import { rowsOf, textOf } from "./grammar.js";
import { drawRows } from "./rows.js";
import { words } from "./words.js";

const PATIENCE = 350;
let count = 0;

const address = () => document.querySelector("[data-draft]").dataset.draft;

/** The variables that can be known at an element or flow of the saved draft. */
export async function variablesAt(element) {
  return (await asked(`${address()}/variables?element=${encodeURIComponent(element)}`)).variables;
}

class Builder {
  #timer = 0;
  #asked = 0;

  constructor(container, options) {
    this.options = { variables: [], dates: "stored", ...options };
    this.id = `condition-${(count += 1)}`;
    this.text = options.text ?? "";
    this.rows = rowsOf(this.text);
    this.mode = this.rows ? "rows" : "text";
    this.box = document.createElement("div");
    this.box.className = "cf-cond";
    this.box.setAttribute("role", "group");
    this.box.setAttribute("aria-label", options.label ?? words("condition"));
    container.replaceChildren(this.box);
    this.draw();
    if (this.text || options.empty) this.check();
  }

  /** Shows another text, as after an undo. */
  set(text, variables) {
    if (variables) this.options.variables = variables;
    if (text === this.text && !variables) return;
    this.text = text;
    this.rows = rowsOf(text);
    if (!this.rows) this.mode = "text";
    this.draw();
    this.check();
  }

  focus() {
    this.box.querySelector("select, textarea, button")?.focus();
  }

  variable(name) {
    return this.options.variables.find((one) => one.name === name);
  }

  draw() {
    const other = this.mode === "rows" ? "text" : "rows";
    this.box.innerHTML = `<div data-cond-body></div>
      <p class="cf-cond__said" role="status" id="${this.id}-said"></p>
      <button type="button" class="cf-text-button cf-cond__mode">${icon(other === "text" ? "keyboard" : "list-check")} ${escaped(words(`to_${other}`))}</button>`;
    this.body = this.box.querySelector("[data-cond-body]");
    this.said = this.box.querySelector(".cf-cond__said");
    this.box.querySelector(".cf-cond__mode").addEventListener("click", () => this.turn(other));
    if (this.mode === "rows") drawRows(this);
    else this.drawText();
    if (this.options.readOnly) this.box.querySelectorAll("select, input, textarea, button").forEach((one) => { one.disabled = true; });
  }

  drawText() {
    const names = this.options.variables.map((one) => one.name);
    this.body.innerHTML = `<label class="visually-hidden" for="${this.id}-text">${escaped(words("as_text"))}</label>
      <textarea class="cf-input cf-cond__text" id="${this.id}-text" rows="3" spellcheck="false" aria-describedby="${this.id}-said"></textarea>
      ${names.length ? `<details class="cf-cond__names"><summary>${escaped(words("names", { count: names.length }))}</summary><ul>${this.options.variables.map((one) => `<li><button type="button" class="cf-text-button" data-name="${escaped(one.name)}"><code>${escaped(one.name)}</code></button> <span>${escaped(one.label)}</span></li>`).join("")}</ul></details>` : ""}`;
    const field = this.body.querySelector("textarea");
    field.value = this.text;
    field.addEventListener("input", () => {
      this.rows = rowsOf(field.value);
      this.changed(field.value);
    });
    this.body.querySelectorAll("[data-name]").forEach((one) => one.addEventListener("click", () => {
      field.setRangeText(one.dataset.name, field.selectionStart, field.selectionEnd, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    }));
  }

  turn(mode) {
    if (mode === "rows" && !this.rows) {
      this.tell("note", words("only_text"));
      return;
    }
    this.mode = mode;
    this.draw();
    this.check();
    this.focus();
  }

  /** The rows were changed by hand. */
  edited(redraw = true) {
    const typeOf = (name) => this.variable(name)?.type;
    const text = textOf(this.rows, { dates: this.options.dates, typeOf });
    if (redraw) drawRows(this);
    this.changed(text);
  }

  changed(text) {
    this.text = text;
    this.options.onChange?.(text);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.check(), PATIENCE);
  }

  async check() {
    const mine = (this.#asked += 1);
    if (!this.text.trim() && this.options.empty) {
      this.tell("note", this.options.empty);
      return;
    }
    if (this.options.readOnly) return;
    const about = this.options.known ? { known: this.options.variables } : { element: this.options.element ?? "" };
    const answer = await sent(`${address()}/condition`, { text: this.text, ...about }).catch(() => null);
    if (mine !== this.#asked) return;
    if (!answer) this.tell("", "");
    else if (answer.message) this.tell(answer.ok ? "warning" : "error", answer.message, answer.at);
    else this.tell(...this.uncertain());
  }

  /** A right condition may still look at what is not there on every way. */
  uncertain() {
    const used = this.options.variables.filter((one) => one.always === false && new RegExp(`(?<![\\w"'.])${one.name.replace(/\W/g, "\\$&")}(?![\\w"'.])`).test(this.text));
    if (!used.length) return ["right", words("right")];
    return ["warning", words("not_always", { names: used.map((one) => one.label || one.name).join(words("comma")) })];
  }

  tell(kind, message, at) {
    const marks = { right: "circle-check", warning: "alert-triangle", error: "alert-circle", note: "info-circle" };
    this.said.className = `cf-cond__said${kind ? ` cf-cond__said--${kind}` : ""}`;
    const place = at && at[1] > at[0] && this.mode === "text" ? this.#snippet(at) : "";
    this.said.innerHTML = message ? `${icon(marks[kind])}<span>${escaped(message)}${place}</span>` : "";
    this.box.querySelector("textarea")?.setAttribute("aria-invalid", kind === "error");
  }

  #snippet([start, end]) {
    const [before, wrong, after] = [this.text.slice(Math.max(0, start - 16), start), this.text.slice(start, end), this.text.slice(end, end + 16)];
    return `<code class="cf-cond__place">${start > 16 ? "…" : ""}${escaped(before)}<mark>${escaped(wrong)}</mark>${escaped(after)}${end + 16 < this.text.length ? "…" : ""}</code>`;
  }
}

/** Builds a condition in `container`; `onChange(text)` with every change. */
export function conditionBuilder(container, options) {
  return new Builder(container, options);
}
