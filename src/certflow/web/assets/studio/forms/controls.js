// The parts that the panels are made of: labelled, described, in both languages side by side.
import { icon } from "../../scripts/page.js";
import { words } from "./words.js";

let pressed = false;
const waiting = new Set();
function released() {
  pressed = false;
  setTimeout(() => {
    const all = [...waiting];
    waiting.clear();
    all.forEach((act) => act());
  });
}
addEventListener("pointerdown", () => { pressed = true; }, true);
for (const event of ["pointerup", "pointercancel", "dragend"]) addEventListener(event, released, true);

/** Redraws, but never under a pressed pointer: what is being clicked must still be there. */
export function whenReleased(act) {
  if (pressed) waiting.add(act);
  else act();
}

let count = 0;
const fresh = () => `form-control-${(count += 1)}`;

/** An element: h("div", { class: "x", onclick: f }, child, "text"). */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "html") element.innerHTML = value;
    else if (name === "value" || name === "checked") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((one) => one !== null && one !== undefined && one !== false));
  return element;
}

export const sign = (name) => h("span", { class: "cf-fe-sign", html: icon(name), "aria-hidden": "true" });

/** A section of a panel; `folded` ones open by a click and remember it while the page lives. */
const opened = new Set();
export function section(title, children, { folded = false, note = "", open = false } = {}) {
  const inner = children.flat().filter(Boolean);
  if (!inner.length) return null;
  if (!folded) return h("section", { class: "cf-fe-section" }, title && h("h3", {}, title), note && h("p", { class: "cf-help" }, note), inner);
  const details = h("details", { class: "cf-fe-section" }, h("summary", {}, h("h3", {}, title)), note && h("p", { class: "cf-help" }, note), inner);
  details.open = open || opened.has(title);
  details.addEventListener("toggle", () => (details.open ? opened.add(title) : opened.delete(title)));
  return details;
}

function labelled(label, control, { help, small, unit } = {}) {
  control.id ||= fresh();
  const described = help ? `${control.id}-help` : null;
  if (described) control.setAttribute("aria-describedby", described);
  return h("div", { class: `cf-fe-field${small ? " cf-fe-field--small" : ""}` }, h("label", { class: "cf-fe-label", for: control.id }, label), help && h("p", { class: "cf-help", id: described }, help), unit ? h("div", { class: "cf-affix" }, control, h("span", {}, unit)) : control);
}

/** A line of text, or several with `rows`; `change(value)` with every key. */
export function line(label, value, change, { help, rows, small, placeholder, list, lang, mono } = {}) {
  const control = rows
    ? h("textarea", { class: "cf-input", rows, lang, value: value ?? "", oninput: () => change(control.value) })
    : h("input", { class: `cf-input${mono ? " cf-input--code" : ""}`, type: "text", lang, list, placeholder, spellcheck: mono ? "false" : null, autocomplete: "off", value: value ?? "", oninput: () => change(control.value) });
  return labelled(label, control, { help, small });
}

/** A line that takes effect when one leaves it, or presses Enter; `change` may return a complaint. */
export function settled(label, value, change, options = {}) {
  const field = line(label, value, () => {}, options);
  const control = field.querySelector("input");
  const told = h("p", { class: "cf-fe-wrong", role: "alert" });
  const done = () => {
    if (control.value === value) return;
    const complaint = change(control.value.trim());
    told.textContent = complaint ?? "";
    control.setAttribute("aria-invalid", Boolean(complaint));
  };
  control.addEventListener("blur", done);
  control.addEventListener("keydown", (event) => event.key === "Enter" && done());
  field.append(told);
  return field;
}

export function number(label, value, change, { help, whole = true, unit } = {}) {
  const control = h("input", { class: "cf-input", type: "text", inputmode: whole ? "numeric" : "decimal", autocomplete: "off", value: value ?? "" });
  const told = h("p", { class: "cf-fe-wrong", role: "alert" });
  control.addEventListener("input", () => {
    const text = control.value.trim();
    const right = text === "" || (whole ? /^\d+$/.test(text) : /^-?\d+(\.\d+)?$/.test(text));
    told.textContent = right ? "" : words(whole ? "whole_number" : "a_number");
    control.setAttribute("aria-invalid", !right);
    if (right) change(text === "" ? undefined : Number(text));
  });
  const field = labelled(label, control, { help, unit });
  field.append(told);
  return field;
}

export function select(label, options, chosen, change, { help, small } = {}) {
  const control = h("select", { class: "cf-input", onchange: () => change(options[control.selectedIndex].value) });
  const known = options.some((one) => one.value === (chosen ?? ""));
  if (!known) options = [...options, { value: chosen, label: words("unknown", { name: chosen }) }];
  for (const one of options) {
    const option = new Option(one.label, one.value);
    option.selected = one.value === (chosen ?? "");
    control.add(option);
  }
  return labelled(label, control, { help, small });
}

export function toggle(label, on, change, { help } = {}) {
  const control = h("input", { type: "checkbox", checked: on, onchange: () => change(control.checked) });
  const described = help ? fresh() : null;
  if (described) control.setAttribute("aria-describedby", described);
  return h("div", { class: "cf-fe-field" }, h("label", { class: "cf-check" }, control, h("span", {}, label)), help && h("p", { class: "cf-help cf-fe-under", id: described }, help));
}

/** Boxes to tick; `change(list)` keeps the order of the options, unknown ones stay. */
export function boxes(label, options, chosen, change, { help, empty } = {}) {
  const known = options.map((one) => one.value);
  const all = [...options, ...chosen.filter((one) => !known.includes(one)).map((one) => ({ value: one, label: words("unknown", { name: one }) }))];
  const group = h("fieldset", { class: "cf-fe-field cf-fe-boxes" }, h("legend", { class: "cf-fe-label" }, label), help && h("p", { class: "cf-help" }, help), !all.length && h("p", { class: "cf-help" }, empty ?? words("nothing")));
  let ticked = chosen;
  for (const one of all) {
    const control = h("input", { type: "checkbox", checked: chosen.includes(one.value), onchange: () => {
      ticked = all.map((option) => option.value).filter((value) => (value === one.value ? control.checked : ticked.includes(value)));
      change(ticked);
    } });
    group.append(h("label", { class: "cf-check" }, control, h("span", {}, one.label, one.help && h("small", {}, one.help))));
  }
  return group;
}

/** A text in Chinese and English, side by side. `change(language, words)` with every key. */
export function pair(label, text, change, { help, rows } = {}) {
  const id = fresh();
  const side = (language, name) => {
    const control = rows
      ? h("textarea", { class: "cf-input", rows })
      : h("input", { class: "cf-input", type: "text", autocomplete: "off" });
    control.id = `${id}-${language}`;
    control.lang = language === "zh" ? "zh-CN" : "en";
    control.value = text?.[language] ?? "";
    control.dataset.side = language;
    if (help) control.setAttribute("aria-describedby", `${id}-help`);
    control.addEventListener("input", () => change(language, control.value));
    return h("div", {}, h("label", { for: control.id, class: "cf-fe-side" }, name), control);
  };
  return h("div", { class: "cf-fe-field", role: "group", "aria-labelledby": `${id}-label` },
    h("div", { class: "cf-fe-label", id: `${id}-label` }, label), help && h("p", { class: "cf-help", id: `${id}-help` }, help),
    h("div", { class: "cf-fe-pair" }, side("zh", words("zh")), side("en", words("en"))));
}

export function button(label, press, { mark, kind = "", quiet = false, name } = {}) {
  const look = quiet ? `cf-text-button${kind ? ` cf-text-button--${kind}` : ""}` : `cf-button cf-button--small${kind ? ` cf-button--${kind}` : ""}`;
  return h("button", { type: "button", class: look, onclick: press, "aria-label": name }, mark && sign(mark), label);
}

/** A small button that is only its icon. */
export function tool(mark, label, press, { disabled = false } = {}) {
  return h("button", { type: "button", class: "cf-fe-tool", "aria-label": label, title: label, html: icon(mark), onclick: press, "aria-disabled": disabled ? "true" : null });
}

/** The line at which a browser says that JSON broke off; the last one where it does not say. */
function lineOf(text, message) {
  const line = /line (\d+)/.exec(message)?.[1];
  const position = /position (\d+)/.exec(message)?.[1];
  return line ?? text.slice(0, position === undefined ? text.length : Number(position)).split("\n").length;
}

/** The thing itself as JSON, checked before it takes effect. `apply(value)` may return a complaint. */
export function advanced(value, apply, others) {
  const control = h("textarea", { class: "cf-input cf-fe-json", rows: 10, spellcheck: "false", value: JSON.stringify(value, null, 2) });
  const told = h("p", { class: "cf-fe-wrong", role: "alert" });
  const read = () => {
    try {
      return [JSON.parse(control.value), ""];
    } catch (error) {
      return [null, words("json_wrong", { line: lineOf(control.value, error.message) })];
    }
  };
  control.addEventListener("input", () => {
    told.textContent = read()[1];
    control.setAttribute("aria-invalid", Boolean(told.textContent));
  });
  const use = () => {
    const [found, wrong] = read();
    const isObject = found && typeof found === "object" && !Array.isArray(found);
    told.textContent = wrong || (isObject ? apply(found) ?? "" : words("json_object"));
    control.setAttribute("aria-invalid", Boolean(told.textContent));
  };
  return section(words("advanced"), [
    h("p", { class: "cf-help" }, words("advanced_help"), others.length ? ` ${words("only_here", { names: others.join(words("comma")) })}` : ""),
    h("div", { class: "cf-fe-field" }, h("label", { class: "visually-hidden", for: (control.id = fresh()) }, words("advanced")), control, told, button(words("use_json"), use)),
  ], { folded: true });
}
