// One control for each kind of setting. A control says its value with `given(path, value)`;
// undefined takes the setting away.
import { escaped, icon } from "../../scripts/page.js";
import { shape, words } from "./shape.js";

let made = 0;
const fresh = () => `setting-${++made}`;

export function element(tag, classes, content = "", attributes = {}) {
  const one = document.createElement(tag);
  if (classes) one.className = classes;
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined && value !== false) one.setAttribute(name, value === true ? "" : value);
  if (typeof content === "string") one.innerHTML = escaped(content);
  else one.append(...[content].flat());
  return one;
}

export function button(text, pressed, classes = "cf-text-button", sign = "") {
  const one = element("button", classes, "", { type: "button" });
  one.innerHTML = `${sign ? icon(sign) : ""}${escaped(text)}`;
  one.addEventListener("click", pressed);
  return one;
}

/** Where the findings of a path stand. */
const complaint = (path) => element("div", "cf-error", "", { "data-complaint": path, hidden: true });

/** A field: label, help, complaint, control. `path` is where its findings point. */
function framed(path, label, help, control, id, wide = false) {
  const about = help ? `${id}-help` : undefined;
  if (about) control.setAttribute("aria-describedby", about);
  const parts = [element("label", "cf-label", label, { for: id })];
  if (help) parts.push(element("div", "cf-help", help, { id: about }));
  return element("div", `cf-field${wide ? " cf-field--wide" : ""}`, [...parts, complaint(path), control], { "data-path": path });
}

/** A group of controls under one legend. */
function grouped(path, label, help, content) {
  const parts = [element("legend", "cf-label", label)];
  if (help) parts.push(element("div", "cf-help", help));
  return element("fieldset", "cf-field cf-field--wide", [...parts, complaint(path), ...[content].flat()], { "data-path": path });
}

function input(value, id, changed, attributes = {}) {
  const one = element(attributes.rows ? "textarea" : "input", "cf-input", "", { id, autocomplete: "off", disabled: shape.readOnly, ...attributes });
  one.value = value ?? "";
  one.addEventListener("input", () => changed(one.value));
  return one;
}

function offered(field) {
  return field.options ?? shape.offers[field.offer] ?? [];
}

/** What a placeholder becomes in the preview. */
function sample(text) {
  return text.replace(/\{([\w.]+)\}/g, (whole, name) => shape.samples[name] ?? (name.includes(".") ? words("sample_answer") : whole));
}

/** Buttons that put a place at the cursor, and what the text looks like with all places filled in. */
function places(names, control, changed) {
  const preview = element("p", "cf-preview", "", { "aria-live": "off" });
  const show = () => {
    preview.hidden = !/\{/.test(control.value);
    preview.innerHTML = `<b>${escaped(words("preview"))}</b> ${escaped(sample(control.value))}`;
  };
  const put = (name) => () => {
    control.setRangeText(`{${name}}`, control.selectionStart ?? control.value.length, control.selectionEnd ?? control.value.length, "end");
    changed(control.value);
    show();
    control.focus();
  };
  control.addEventListener("input", show);
  show();
  const row = element("div", "cf-places", names.map((name) => button(`{${name}}`, put(name), "cf-place")), { role: "group", "aria-label": words("places") });
  return shape.readOnly ? [preview] : [row, preview];
}

const KINDS = {
  words(field, value, given, path) {
    return grouped(path, field.label, field.help, element("div", "cf-grid", ["zh", "en"].map((language) => one(field, value, given, path, language))));
  },
  number(field, value, given, path) {
    const id = fresh();
    const changed = (text) => {
      if (text.trim() === "") given(path, field.optional ? undefined : text);
      else given(path, /^-?\d{1,9}$/.test(text.trim()) ? Number(text) : text.trim());
    };
    return framed(path, field.label, field.help, input(value, id, changed, { inputmode: "numeric", class: "cf-input cf-input--number" }), id);
  },
  choice(field, value, given, path) {
    const id = fresh();
    const options = offered(field);
    const known = options.some(([name]) => name === value);
    const rows = [...(known && !field.optional ? [] : [["", words("none")]]), ...options];
    if (value && !known) rows.push([value, words("unknown", { name: value })]);
    const control = element("select", "cf-input", rows.map(([name, title]) => element("option", "", title, { value: name, selected: name === (value ?? "") })), { id, disabled: shape.readOnly });
    control.addEventListener("change", () => given(path, control.value || field.empty || (field.empty === "" ? "" : undefined)));
    return framed(path, field.label, field.help, control, id);
  },
  checks(field, value, given, path) {
    const chosen = new Set(value ?? []);
    const options = [...offered(field)];
    for (const name of chosen) if (!options.some(([known]) => known === name)) options.push([name, words("unknown", { name })]);
    const order = options.map(([name]) => name);
    const boxes = options.map(([name, title]) => {
      const box = element("input", "", "", { type: "checkbox", value: name, checked: chosen.has(name), disabled: shape.readOnly });
      box.checked = chosen.has(name);
      box.addEventListener("change", () => {
        chosen[box.checked ? "add" : "delete"](name);
        const kept = (value ?? []).filter((each) => chosen.has(each));
        given(path, [...kept, ...order.filter((each) => chosen.has(each) && !kept.includes(each))]);
      });
      return element("label", "cf-tickbox", [box, element("span", "", title)]);
    });
    return grouped(path, field.label, field.help, element("div", "cf-ticks", boxes.length ? boxes : words("nothing_to_choose")));
  },
  lists(field, value, given, path) {
    const rows = ["zh", "en"].map((language) => {
      const id = fresh();
      const changed = (text) => given(`${path}.${language}`, text.split(/[,，、;；\n]+/).map((one) => one.trim()).filter(Boolean));
      const text = (value?.[language] ?? []).join(language === "zh" ? "，" : ", ");
      return framed(`${path}.${language}`, words(language), "", input(text, id, changed, { rows: 2, lang: shape.langs[language] }), id);
    });
    return grouped(path, field.label, field.help, element("div", "cf-grid", rows));
  },
  flag(field, value, given, path) {
    const box = element("input", "", "", { type: "checkbox", disabled: shape.readOnly });
    box.checked = value === true;
    box.addEventListener("change", () => given(path, box.checked ? true : undefined));
    const label = element("label", "cf-check", [box, element("span", "", [element("b", "", field.label), element("small", "cf-help d-block", field.help)])]);
    return element("div", "cf-field cf-field--wide", [complaint(path), label], { "data-path": path });
  },
  icon(field, value, given, path) {
    const name = fresh();
    const chosen = element("span", "cf-iconpick__now");
    const show = (one) => { chosen.innerHTML = `${icon(one)}<code>${escaped(one)}</code>`; };
    show(value ?? "");
    const grid = element("div", "cf-iconpick__grid", shape.icons.map((one) => {
      const box = element("input", "visually-hidden", "", { type: "radio", name, value: one, disabled: shape.readOnly });
      box.checked = one === value;
      box.addEventListener("change", () => { given(path, one); show(one); });
      const label = element("label", "cf-iconpick__one", [box], { title: one });
      label.insertAdjacentHTML("beforeend", icon(one, one));
      return label;
    }));
    const more = element("details", "", [element("summary", "", words("choose_icon")), grid]);
    return grouped(path, field.label, field.help, element("div", "cf-iconpick", [chosen, more]));
  },
};

/** One language of a pair of words. */
function one(field, value, given, path, language) {
  const id = fresh();
  const at = `${path}.${language}`;
  const changed = (text) => given(at, text);
  const control = input(value?.[language], id, changed, { lang: shape.langs[language], rows: field.long ? 2 : undefined });
  const frame = framed(at, words(language), "", control, id);
  const known = shape.places[field.places] ?? (field.places ? shape.value(field.places) ?? [] : []);
  if (field.places) frame.append(...places(known, control, changed));
  return frame;
}

/** Draws one field; kinds that hold others come from groups.js. */
export function drawn(field, value, given, path = field.path) {
  return KINDS[field.kind](field, value, given, path);
}

export function teach(kinds) {
  Object.assign(KINDS, kinds);
}

export { complaint, framed, fresh, grouped, input, one };
