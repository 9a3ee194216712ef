// A form's content and what can be done with it. Everything here changes the content in place and
// touches only what it has to: whatever is not known here stays as it was.
import { KINDS, kindOf, typeOf } from "./widgets.js";

const QUOTED_OR = (name) => new RegExp(`"[^"]*"|'[^']*'|(?<![\\w.])${name}(?!\\w)`, "gu");
const clone = (value) => structuredClone(value);
const list = (value) => (Array.isArray(value) ? value : []);
const object = (value) => (value && typeof value === "object" && !Array.isArray(value) ? value : null);

/** The lists of fields: those of each page, or the one of a record. */
export function fieldLists(content) {
  if (Array.isArray(content.pages)) return content.pages.map((page) => (object(page) ? (page.fields = list(page.fields)) : []));
  return Array.isArray(content.fields) ? [content.fields] : [];
}

export const allFields = (content) => fieldLists(content).flat().filter(object);

/** Where a field stands: { page, index, field }, null when it is not there. */
export function placeOf(content, name) {
  const lists = fieldLists(content);
  for (let page = 0; page < lists.length; page += 1) {
    const index = lists[page].findIndex((one) => one?.name === name);
    if (index >= 0) return { page, index, field: lists[page][index] };
  }
  return null;
}

/** A field's property in the schema. */
export function property(content, name) {
  return object(content.schema?.properties?.[name]);
}

function properties(content) {
  content.schema = object(content.schema) ?? { type: "object" };
  content.schema.properties = object(content.schema.properties) ?? {};
  return content.schema.properties;
}

export const isRequired = (content, name) => list(content.schema?.required).includes(name);

export function setRequired(content, name, on) {
  properties(content);
  const rest = list(content.schema.required).filter((one) => one !== name);
  if (on === isRequired(content, name)) return;
  content.schema.required = on ? [...rest, name] : rest;
}

/** Sets a key, or removes it where there is nothing to say. */
export function put(holder, key, value) {
  if (value === undefined || value === "" || value === null || (Array.isArray(value) && !value.length)) delete holder[key];
  else holder[key] = value;
}

/** Writes one language of a text; one that is empty in both is left out when it may be. */
export function putText(holder, key, language, words, optional) {
  const text = { ...(object(holder[key]) ?? { zh: "", en: "" }), [language]: words };
  if (optional && !text.zh && !text.en) delete holder[key];
  else holder[key] = text;
}

export function freeName(content, stem) {
  const taken = new Set([...allFields(content).map((one) => one.name), ...Object.keys(content.schema?.properties ?? {})]);
  if (!taken.has(stem) && !/^(question|choice|number|note)$/.test(stem)) return stem;
  let number = 1;
  while (taken.has(`${stem}_${number}`)) number += 1;
  return `${stem}_${number}`;
}

/** A key made of a new question's English words; "" while they are the ones it came with. */
export function nameFrom(content, field) {
  const words = String(field.label?.en ?? "");
  const kind = kindOf(field, property(content, field.name));
  const made = words.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_|_$/g, "").split("_").slice(0, 5).join("_").slice(0, 40);
  if (words === KINDS[kind].label.en || !/^[a-z]\w{2,}$/.test(made)) return "";
  return placeOf(content, made) || property(content, made) ? "" : made;
}

/** A key for something in a list that has keys (pages, outcomes). */
export function freeKey(listed, stem) {
  const taken = new Set(listed.map((one) => one.key));
  let number = listed.length + 1;
  while (taken.has(`${stem}_${number}`)) number += 1;
  return `${stem}_${number}`;
}

/** Adds a question of a kind; returns its name. */
export function addField(content, kind, page, index) {
  const made = KINDS[kind];
  const name = freeName(content, made.stem);
  const lists = fieldLists(content);
  if (!lists.length) {
    content.pages = [{ key: "page_1", title: clone(content.title ?? { zh: "", en: "" }), fields: [] }];
    return addField(content, kind, 0, 0);
  }
  const field = { name, label: clone(made.label), widget: made.widget, ...clone(made.layout ?? {}) };
  lists[page].splice(index, 0, field);
  if (made.prop) properties(content)[name] = clone(made.prop);
  return name;
}

export function copyField(content, name) {
  const { page, index, field } = placeOf(content, name);
  const fresh = freeName(content, name.replace(/_\d+$/, ""));
  const copied = { ...clone(field), name: fresh };
  fieldLists(content)[page].splice(index + 1, 0, copied);
  if (property(content, name)) properties(content)[fresh] = clone(property(content, name));
  if (isRequired(content, name)) setRequired(content, fresh, true);
  return fresh;
}

/** Removes a question and what names it: buttons that require it, rules at it, summaries. */
export function removeField(content, name) {
  const place = placeOf(content, name);
  if (!place) return;
  fieldLists(content)[place.page].splice(place.index, 1);
  if (content.schema?.properties) delete content.schema.properties[name];
  setRequired(content, name, false);
  for (const outcome of list(content.outcomes)) {
    if (list(outcome.requires).includes(name)) outcome.requires = outcome.requires.filter((one) => one !== name);
  }
  if (list(content.rules).some((one) => one.field === name)) put(content, "rules", content.rules.filter((one) => one.field !== name));
  if (list(content.summary).includes(name)) content.summary = content.summary.filter((one) => one !== name);
  if (content.heading === name) delete content.heading;
}

/** Moves a question; `index` counts in the list without it. */
export function moveField(content, name, page, index) {
  const place = placeOf(content, name);
  const lists = fieldLists(content);
  if (!place || !lists[page]) return;
  lists[place.page].splice(place.index, 1);
  lists[page].splice(Math.min(index, lists[page].length), 0, place.field);
}

/** One step up or down, over the edge of a page into the next. False at the very end. */
export function nudgeField(content, name, step) {
  const place = placeOf(content, name);
  const lists = fieldLists(content);
  const index = place.index + step;
  if (index >= 0 && index < lists[place.page].length) moveField(content, name, place.page, index);
  else if (lists[place.page + step]) moveField(content, name, place.page + step, step > 0 ? 0 : Infinity);
  else return false;
  return true;
}

export function moveIn(listed, from, to) {
  if (to < 0 || to >= listed.length) return false;
  listed.splice(to, 0, ...listed.splice(from, 1));
  return true;
}

/** A name exchanged in an expression, never inside quotation marks. */
export function renamedIn(source, from, to) {
  return typeof source === "string" ? source.replace(QUOTED_OR(from), (found) => (found === from ? to : found)) : source;
}

/** Gives a question another key, everywhere in this form. */
export function renameField(content, from, to) {
  const { field } = placeOf(content, from);
  const swap = (names) => list(names).map((one) => (one === from ? to : one));
  if (property(content, from)) {
    content.schema.properties = Object.fromEntries(Object.entries(content.schema.properties).map(([key, value]) => [key === from ? to : key, value]));
  }
  if (isRequired(content, from)) content.schema.required = swap(content.schema.required);
  field.name = to;
  for (const one of [...allFields(content), ...list(content.pages)]) {
    if (one.visible_if !== undefined) one.visible_if = renamedIn(one.visible_if, from, to);
    if (one.choices === `records:${from}`) one.choices = `records:${to}`;
  }
  for (const rule of list(content.rules)) {
    rule.must = renamedIn(rule.must, from, to);
    if (rule.field === from) rule.field = to;
  }
  for (const [key, source] of Object.entries(object(content.decides) ?? {})) {
    content.decides[key] = renamedIn(renamedIn(source, from, to), `${from}_failed`, `${to}_failed`);
  }
  for (const outcome of list(content.outcomes)) if (list(outcome.requires).includes(from)) outcome.requires = swap(outcome.requires);
  if (list(content.summary).includes(from)) content.summary = swap(content.summary);
  if (content.heading === from) content.heading = to;
}

/** The question that has another key than before: { from, to }, null when there is none. */
export function renamedBetween(before, after) {
  const [old, fresh] = [allFields(before), allFields(after)];
  if (old.length !== fresh.length) return null;
  const differing = old.map((one, index) => [one, fresh[index]]).filter(([one, other]) => one.name !== other.name);
  if (differing.length !== 1) return null;
  const [[one, other]] = differing;
  const same = JSON.stringify(one.label) === JSON.stringify(other.label);
  return same && !placeOf(after, one.name) ? { from: one.name, to: other.name } : null;
}

const TEXTS = ["type", "format", "minLength", "maxLength", "pattern", "examples"];
const KEPT = { text: TEXTS, textarea: ["type", "minLength", "maxLength"], number: ["minimum", "maximum"], radio: ["type", "enum"], select: ["type", "enum"] };
const CHOOSES = new Set(["radio", "select", "checkboxes"]);

/** Makes another kind of question of it; what both kinds have in common stays. */
export function setKind(content, name, kind) {
  const { field } = placeOf(content, name);
  const before = property(content, name) ?? {};
  const from = kindOf(field, before);
  const made = KINDS[kind];
  const chosen = CHOOSES.has(from) && CHOOSES.has(kind);
  const layout = clone(made.layout ?? {});
  const old = KINDS[from].layout ?? {};
  if (chosen) delete layout.options;
  for (const key of Object.keys(old)) if (!(key in layout) && !(chosen && key === "options")) delete field[key];
  if (!made.has.includes("unit")) delete field.unit;
  if (!CHOOSES.has(kind) && kind !== "organisation" && kind !== "experts") delete field.choices;
  field.widget = made.widget;
  for (const [key, value] of Object.entries(layout)) field[key] ??= value;
  if (!made.prop) {
    if (content.schema?.properties) delete content.schema.properties[name];
    setRequired(content, name, false);
    return;
  }
  const shared = (KEPT[kind] ?? []).filter((key) => (KEPT[from] ?? []).includes(key) && key in before);
  const prop = clone(made.prop);
  for (const key of shared) prop[key] = before[key];
  properties(content)[name] = prop;
  if (chosen) syncOptions(content, name, true);
}

/** Lets the schema list the values that the options have. */
export function syncOptions(content, name, always = false) {
  const { field } = placeOf(content, name);
  const prop = property(content, name);
  if (!prop) return;
  const holder = prop.type === "array" ? (prop.items = object(prop.items) ?? { type: "string" }) : prop;
  const values = list(field.options).map((one) => (prop.type === "integer" ? Number(one.value) : one.value));
  if (!values.length) delete holder.enum;
  else if (always || holder.enum || field.options) holder.enum = values;
}

/** The variables that a condition may use: the questions before `name`, or all of them. */
export function variables(content, say, { before = null, page = null } = {}) {
  const found = [];
  for (const [number, fields] of fieldLists(content).entries()) {
    if (page !== null && number >= page) break;
    for (const field of fields) {
      if (before !== null && field?.name === before) return found;
      const prop = property(content, field?.name) ?? {};
      const type = field && typeOf(field, prop);
      if (type) found.push({ name: field.name, label: say(field.label) || field.name, type, values: valuesOf(field, prop, say), source: "" });
    }
  }
  return found;
}

function valuesOf(field, prop, say) {
  if (prop.type === "array" || prop.type === "boolean") return [];
  const number = prop.type === "integer" || prop.type === "number";
  return list(field.options).map((one) => ({ value: number ? Number(one.value) : String(one.value), label: say(one.label) || String(one.value) }));
}

/** The keys of a holder that the panels do not show. */
export function others(holder, known) {
  return Object.keys(holder ?? {}).filter((key) => !known.includes(key));
}
