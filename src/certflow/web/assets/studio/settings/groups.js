// Settings that hold others: groups that may be left out, entries with a key, rows in order, amounts.
import { button, complaint, drawn, element, framed, fresh, grouped, input, one, teach } from "./controls.js";
import { read, written } from "./paths.js";
import { shape, words } from "./shape.js";

const KEY = /^[A-Za-z_]\w{0,59}$/;

/** Draws again in place what shows `path`, keeping the focus on `find`. */
function redrawn(place, draw) {
  const again = () => {
    const next = draw();
    place.current.replaceWith(next);
    place.current = next;
    return next;
  };
  return again;
}

/** Something whose number of parts changes: drawn by `draw(value, redraw)`. */
function changing(path, draw) {
  const place = { current: null };
  const again = redrawn(place, () => draw(shape.value(path), again));
  place.current = draw(shape.value(path), again);
  return place.current;
}

function fieldsOf(fields, path, given) {
  const frames = fields.map((field) => {
    const at = `${path}.${field.path}`;
    const frame = drawn(field, shape.value(at), given, at);
    if (field.only) frame.dataset.only = JSON.stringify([path, field.only]);
    return frame;
  });
  return frames;
}

/** Hides what another setting makes pointless. */
export function hidePointless(root) {
  for (const frame of root.querySelectorAll("[data-only]")) {
    const [path, only] = JSON.parse(frame.dataset.only);
    frame.hidden = Object.entries(only).some(([name, value]) => (shape.value(`${path}.${name}`) ?? "") !== value);
  }
}

const EMPTY = { words: () => ({ zh: "", en: "" }), checks: () => [], number: () => undefined, choice: (field) => (field.options ?? shape.offers[field.offer])?.[0]?.[0], paragraphs: () => [{ zh: "", en: "" }], amounts: () => ({}) };

/** A new entry with what its fields need. */
function begun(fields) {
  const needed = fields.filter((field) => !field.optional || field.empty !== undefined);
  return Object.fromEntries(needed.map((field) => [field.path, field.empty ?? EMPTY[field.kind]?.(field)]).filter(([, value]) => value !== undefined));
}

function group(field, _value, given, path) {
  return changing(path, (value, again) => {
    const there = value !== undefined;
    const body = there ? element("div", field.row ? "cf-grid cf-grid--row" : "cf-stack", fieldsOf(field.fields, path, given)) : element("p", "cf-muted", words("not_set"));
    const toggle = there
      ? button(words("take_away", { name: field.label }), () => { given(path, undefined); again(); }, "cf-text-button cf-text-button--danger")
      : button(words("set_up", { name: field.label }), () => { given(path, begun(field.fields)); again().querySelector("input, select, textarea")?.focus(); }, "cf-button cf-button--small", "plus");
    const frame = grouped(path, field.label, field.help, [body]);
    if (field.optional && !shape.readOnly) frame.append(toggle);
    return frame;
  });
}

/** The title of an entry: its own words, or what the diagram calls it. */
function titleOf(field, key, value) {
  const offered = (shape.offers[field.offer] ?? []).find(([name]) => name === key)?.[1];
  const language = document.body.dataset.locale === "en" ? "en" : "zh";
  return value?.name?.[language] || value?.title?.[language] || offered || key;
}

function entry(field, key, value, given, path, again) {
  const summary = element("summary", "cf-entry__head", [element("b", "", titleOf(field, key, value)), element("code", "", key)]);
  const body = element("div", "cf-entry__body cf-stack", fieldsOf(field.fields, path, given));
  if (!shape.readOnly) {
    const gone = shape.value(path);
    body.append(element("div", "", button(words("remove", { name: titleOf(field, key, value) }), () => { given(path, undefined, { undo: gone, again }); again(); }, "cf-text-button cf-text-button--danger")));
  }
  return element("details", "cf-entry", [summary, complaint(path), body], { "data-path": path, "data-entry": key });
}

function entries(field, _value, given, path) {
  return changing(path, (value, again) => {
    const known = Object.keys(value ?? {});
    const missing = (shape.offers[field.offer] ?? []).filter(([name]) => !known.includes(name));
    const list = element("div", "cf-entries", known.map((key) => entry(field, key, value[key], given, `${path}.${key}`, again)));
    const open = (key) => {
      given(`${path}.${key}`, begun(field.fields));
      const made = again().querySelector(`[data-entry="${CSS.escape(key)}"]`);
      made.open = true;
      made.querySelector("input, textarea, select")?.focus();
    };
    const frame = grouped(path, field.label, field.help, [list]);
    if (shape.readOnly) return frame;
    if (field.offer) {
      const more = missing.map(([name, title]) => button(words("describe", { name: title }), () => open(name), "cf-button cf-button--small", "plus"));
      if (more.length) frame.append(element("div", "cf-inline", more));
    } else frame.append(adding(field.add, known, open));
    return frame;
  });
}

/** A key and a button that adds an entry under it. */
function adding(label, known, add) {
  const id = fresh();
  const key = input("", id, () => { error.hidden = true; }, { placeholder: words("key"), class: "cf-input cf-input--code", maxlength: 60 });
  const error = element("div", "cf-error", "", { hidden: true });
  const pressed = () => {
    const name = key.value.trim();
    const wrong = known.includes(name) ? "taken" : "bad_key";
    if (KEY.test(name) && !known.includes(name)) add(name);
    else { error.textContent = words(wrong); error.hidden = false; key.focus(); }
  };
  key.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); pressed(); } });
  return element("div", "cf-adding", [element("label", "visually-hidden", `${label}: ${words("key")}`, { for: id }), error, element("div", "cf-inline", [key, button(label, pressed, "cf-button cf-button--small", "plus")])]);
}

function listed(field, given, path, row, fresh_) {
  return changing(path, (value, again) => {
    const count = (value ?? []).length;
    const move = (from, to) => () => {
      const moved = [...shape.value(path)];
      moved.splice(to, 0, ...moved.splice(from, 1));
      given(path, moved);
      again();
    };
    const rows = (value ?? []).map((each, index) => {
      const tools = shape.readOnly ? [] : [
        index > 0 && button(words("up"), move(index, index - 1)),
        index < count - 1 && button(words("down"), move(index, index + 1)),
        button(words("remove_row", { n: index + 1 }), () => { const gone = shape.value(path); given(path, gone.filter((_each, place) => place !== index), { undo: gone, again }); again(); }, "cf-text-button cf-text-button--danger"),
      ].filter(Boolean);
      return element("li", "cf-row", [...row(each, `${path}.${index}`), element("div", "cf-row__tools", tools)]);
    });
    const frame = grouped(path, field.label, field.help, [element("ol", "cf-settingrows", rows)]);
    const add = () => { given(path, [...(shape.value(path) ?? []), fresh_(count)]); again().querySelector("li:last-child input, li:last-child textarea")?.focus(); };
    if (!shape.readOnly) frame.append(button(field.add, add, "cf-button cf-button--small", "plus"));
    return frame;
  });
}

function amounts(field, _value, given, path) {
  return changing(path, (value, again) => {
    const offered = shape.values[shape.value(`${path.slice(0, path.lastIndexOf("."))}.by`)] ?? [];
    const title = (key) => offered.find(([name]) => name === key)?.[1] ?? key;
    const rows = Object.entries(value ?? {}).map(([key, fen]) => {
      const id = fresh();
      const at = `${path}.${key}`;
      const text = Number.isInteger(fen) ? (fen / 100).toFixed(2) : String(fen);
      const control = input(text, id, (typed) => given(at, inFen(typed)), { inputmode: "decimal", class: "cf-input cf-input--number" });
      const frame = framed(at, title(key), "", element("div", "cf-affix", [control, element("span", "", words("yuan"))]), id);
      if (!shape.readOnly) frame.append(button(words("remove", { name: title(key) }), () => { const gone = shape.value(at); given(at, undefined, { undo: gone, again }); again(); }, "cf-text-button cf-text-button--danger"));
      return frame;
    });
    const frame = grouped(path, field.label, field.help, [element("div", "cf-grid", rows)]);
    if (shape.readOnly) return frame;
    const open = (key) => { given(`${path}.${key}`, 0); again().querySelector(`[data-path="${CSS.escape(`${path}.${key}`)}"] input`)?.focus(); };
    const missing = offered.filter(([key]) => !Object.hasOwn(value ?? {}, key));
    if (missing.length) frame.append(element("div", "cf-inline", missing.map(([key, name]) => button(words("describe", { name }), () => open(key), "cf-button cf-button--small", "plus"))));
    if (!offered.length) frame.append(adding(field.add, Object.keys(value ?? {}), open));
    return frame;
  });
}

/** Yuan as people type them, in fen; what is no amount stays as it was typed, for the check to say so. */
function inFen(typed) {
  const found = /^(\d{1,7})(?:\.(\d{1,2}))?$/.exec(typed.trim().replace(/元$/, "").trim());
  return found ? Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0")) : typed.trim();
}

/** Names in both languages, or in English alone, for what is drawn. */
function named(field, value, path, draw) {
  const offered = shape.offers[field.offer] ?? [];
  const keys = [...new Set([...offered.map(([name]) => name), ...Object.keys(value ?? {})])];
  const title = (key) => offered.find(([name]) => name === key)?.[1] ?? words("not_drawn", { name: key });
  return grouped(path, field.label, field.help, element("div", "cf-grid", keys.map((key) => draw(key, title(key)))));
}

teach({
  group,
  entries,
  amounts,
  rows: (field, _value, given, path) => listed(field, given, path, (_each, at) => fieldsOf(field.fields, at, given), (count) => ({ key: `step_${count + 1}`, ...begun(field.fields) })),
  paragraphs: (field, _value, given, path) => listed(field, given, path, (each, at) => [element("div", "cf-grid", ["zh", "en"].map((language) => one({ ...field, long: true }, each, given, at, language)))], () => ({ zh: "", en: "" })),
  pairs: (field, value, given, path) => named(field, value, path, (key, title) => grouped(`${path}.${key}`, title, "", element("div", "cf-grid", ["zh", "en"].map((language) => one(field, value?.[key], given, `${path}.${key}`, language))))),
  english: (field, value, given, path) => named(field, value, path, (key, title) => {
    const id = fresh();
    return framed(`${path}.${key}`, title, "", input(value?.[key], id, (text) => given(`${path}.${key}`, text || undefined), { lang: "en" }), id);
  }),
});

export { read, written };
