// The panel's controls: native ones, each with label, help and, when needed, what is wrong.
import { escaped, icon } from "../../../scripts/page.js";
import { words } from "../words.js";

const PATIENCE = 500;
let count = 0;

/** An element with a class and text or children. */
export function make(tag, className = "", content = []) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...[content].flat().filter((one) => one !== null && one !== undefined && one !== ""));
  return made;
}

/** Markup as an element; only our own icons and escaped words go in. */
export function markup(tag, className, html) {
  const made = make(tag, className);
  made.innerHTML = html;
  return made;
}

/** Changes wait until one stops typing; `settle` carries out what still waits. */
const waiting = new Map();
export function settle() {
  for (const [control, act] of [...waiting]) {
    waiting.delete(control);
    act();
  }
}

function soon(control, act) {
  clearTimeout(control.cfTimer);
  waiting.set(control, act);
  control.cfTimer = setTimeout(() => {
    if (waiting.get(control) === act) {
      waiting.delete(control);
      act();
    }
  }, PATIENCE);
}

/** At once; but a click that has begun elsewhere ends first, lest what it is meant for is drawn anew under it. */
function now(control, act) {
  clearTimeout(control.cfTimer);
  waiting.set(control, act);
  if (!pressed) settle();
}

let pressed = false;
addEventListener("pointerdown", () => { pressed = true; }, true);
for (const name of ["pointerup", "pointercancel"]) {
  addEventListener(name, () => {
    pressed = false;
    setTimeout(settle);
  }, true);
}

/** Label, help, error and a control in their order. */
function field({ label, help, wrong, key, quiet }, control) {
  const id = `prop-${(count += 1)}`;
  const target = control.matches("input, select, textarea") ? control : control.querySelector("input, select, textarea");
  const box = make("div", `cf-prop__field${wrong ? " cf-field--error" : ""}`);
  if (target) {
    target.id = id;
    target.dataset.key = key ?? label;
    const about = [];
    if (help) about.push(`${id}-help`);
    if (wrong) about.push(`${id}-wrong`);
    if (about.length) target.setAttribute("aria-describedby", about.join(" "));
    if (wrong) target.setAttribute("aria-invalid", "true");
  }
  if (label) {
    const words_ = make("label", `cf-prop__label${quiet ? " visually-hidden" : ""}`, label);
    words_.htmlFor = id;
    box.append(words_);
  }
  if (help) {
    const hint = make("p", "cf-prop__help", help);
    hint.id = `${id}-help`;
    box.append(hint);
  }
  const error = markup("div", "cf-error", wrong ? `${icon("alert-circle")}<span>${escaped(wrong)}</span>` : "");
  error.id = `${id}-wrong`;
  error.hidden = !wrong;
  box.append(error, control);
  return box;
}

/** One line or several of text; `check(text)` says what is wrong, then nothing is changed. */
export function text({ value = "", set, lines = 1, check, mono, lang, maxLength = 2000, readOnly, suggestions, placeholder, ...rest }) {
  const control = make(lines > 1 ? "textarea" : "input", `cf-input${mono ? " cf-prop__mono" : ""}`);
  if (lines > 1) control.rows = lines;
  else control.type = "text";
  control.value = value;
  control.maxLength = maxLength;
  control.autocomplete = "off";
  if (mono) control.spellcheck = false;
  if (lang) control.lang = lang;
  if (placeholder) control.placeholder = placeholder;
  control.readOnly = Boolean(readOnly);
  const box = field(rest, control);
  if (suggestions?.length && !readOnly) box.append(listOf(control, suggestions));
  const error = box.querySelector(".cf-error");
  const tell = (wrong) => {
    error.hidden = !wrong;
    error.innerHTML = wrong ? `${icon("alert-circle")}<span>${escaped(wrong)}</span>` : "";
    control.toggleAttribute("aria-invalid", Boolean(wrong));
  };
  let last = value;
  const act = () => {
    const given = control.value;
    const wrong = check?.(given) ?? "";
    if (check) tell(wrong);
    if (wrong || given === last) return;
    last = given;
    set(given);
  };
  if (!readOnly) {
    control.addEventListener("input", () => soon(control, act));
    control.addEventListener("change", () => now(control, act));
  }
  return box;
}

function listOf(control, suggestions) {
  const list = make("datalist");
  list.id = `${control.id}-list`;
  for (const one of suggestions) {
    const option = make("option");
    option.value = one.value;
    option.label = one.title ?? "";
    list.append(option);
  }
  control.setAttribute("list", list.id);
  return list;
}

/** A whole number; empty is allowed unless `needed`. */
export function number({ value = "", set, least = 1, most = 9999, unit, readOnly, ...rest }) {
  const control = make("input", "cf-input");
  Object.assign(control, { type: "number", min: least, max: most, step: 1, value, readOnly: Boolean(readOnly), inputMode: "numeric" });
  const act = () => {
    if (control.value !== "" && !control.checkValidity()) return;
    if (control.value !== String(value)) set(control.value);
  };
  if (!readOnly) {
    control.addEventListener("input", () => soon(control, act));
    control.addEventListener("change", () => now(control, act));
  }
  return field(rest, unit ? make("div", "cf-affix", [control, make("span", "", unit)]) : control);
}

/** One of several; options: [{value, title, help?, group?}]. A value that is not among them is shown as it is. */
export function select({ value = "", options, set, empty, readOnly, ...rest }) {
  const control = make("select", "cf-input");
  const groups = new Map();
  const add = (one) => {
    const option = new Option(one.title, one.value, false, one.value === value);
    if (!one.group) {
      control.append(option);
      return;
    }
    if (!groups.has(one.group)) {
      const group = make("optgroup");
      group.label = one.group;
      groups.set(one.group, group);
      control.append(group);
    }
    groups.get(one.group).append(option);
  };
  if (empty !== undefined) add({ value: "", title: empty });
  options.forEach(add);
  if (value && !options.some((one) => one.value === value)) add({ value, title: words("unknown_value", { value }) });
  control.value = value;
  control.disabled = Boolean(readOnly);
  control.addEventListener("change", () => set(control.value));
  return field(rest, control);
}

/** A yes or no. */
export function toggle({ value, set, label, help, key, readOnly }) {
  const control = make("input");
  Object.assign(control, { type: "checkbox", checked: Boolean(value), disabled: Boolean(readOnly) });
  control.dataset.key = key ?? label;
  control.addEventListener("change", () => set(control.checked));
  const words_ = make("span", "", [label, help ? make("small", "cf-prop__help", help) : null]);
  return make("div", "cf-prop__field", make("label", "cf-check", [control, words_]));
}

/** A few ways to do it, all in sight. */
export function ways({ value, options, set, label, help, key, readOnly }) {
  const name = `way-${(count += 1)}`;
  const list = options.map((one) => {
    const control = make("input");
    Object.assign(control, { type: "radio", name, value: one.value, checked: one.value === value, disabled: Boolean(readOnly) });
    control.dataset.key = `${key ?? label}:${one.value}`;
    control.addEventListener("change", () => set(one.value));
    return make("label", "cf-prop__way", [control, make("span", "", [one.title, one.help ? make("small", "cf-prop__help", one.help) : null])]);
  });
  const box = make("fieldset", "cf-prop__field cf-prop__ways", [make("legend", "cf-prop__label", label)]);
  if (help) box.append(make("p", "cf-prop__help", help));
  box.append(...list);
  return box;
}

/** Two or three words to switch between, on one line. */
export function parts({ value, options, set, label, key, readOnly }) {
  const name = `part-${(count += 1)}`;
  const box = make("fieldset", "cf-prop__parts", [make("legend", "visually-hidden", label)]);
  for (const one of options) {
    const control = make("input");
    Object.assign(control, { type: "radio", name, value: one.value, checked: one.value === value, disabled: Boolean(readOnly) });
    control.dataset.key = `${key ?? label}:${one.value}`;
    control.addEventListener("change", () => set(one.value));
    box.append(make("label", "", [control, make("span", "", one.title)]));
  }
  return box;
}

/** A quiet line. */
export function note(content, kind = "") {
  return make("p", `cf-prop__note${kind ? ` cf-prop__note--${kind}` : ""}`, content);
}

/** A fact that is decided elsewhere. */
export function fact(label, value) {
  return make("div", "cf-prop__fact", [make("span", "cf-prop__label", label), make("span", "", value)]);
}

/** A link out of the panel, or a button that looks like one. */
export function link(label, to, name = "external-link") {
  const made = typeof to === "string" ? make("a", "cf-prop__link") : make("button", "cf-text-button cf-prop__link");
  if (typeof to === "string") made.href = to;
  else {
    made.type = "button";
    made.addEventListener("click", to);
  }
  made.innerHTML = `${icon(name)} <span>${escaped(label)}</span>`;
  return made;
}

export function button(label, act, name = "plus") {
  const made = markup("button", "cf-button cf-button--small", `${icon(name)}<span>${escaped(label)}</span>`);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}
