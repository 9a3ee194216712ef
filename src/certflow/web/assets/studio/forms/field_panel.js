// The settings of a question.
import { conditionBuilder } from "../conditions/index.js";
import { advanced, h, line, number, pair, section, select, settled, sign, toggle, tool } from "./controls.js";
import { choiceParts, countParts, fileParts, reviewParts } from "./field_parts.js";
import { copyField, fieldLists, isRequired, moveField, others, placeOf, property, put, putText, removeField, renameField, setKind, setRequired, variables } from "./model.js";
import { recordsParts } from "./records_part.js";
import { INSIDE_RECORDS, KINDS, kindOf } from "./widgets.js";
import { say, words } from "./words.js";

/** What the panel shows of a field and of its property, by what its kind has. */
const LAYOUT = { "": ["name", "label", "widget", "help", "visible_if", "width"], unit: ["unit"], rows: ["rows"], options: ["options", "choices"], source: ["choices"], files: ["accept", "max_mb"], records: ["records"], review: ["targets", "nonconformities"], notice: ["text"] };
const SCHEMA = { "": ["type", "items", "uniqueItems"], length: ["minLength", "maxLength"], range: ["minimum", "maximum", "default"], pattern: ["pattern", "format"], example: ["examples"], options: ["enum"], count: ["minItems", "maxItems"] };
const shown = (keys, at) => Object.entries(keys).flatMap(([what, found]) => (!what || at.has(what) ? found : []));
const NAME = /^[a-z][a-z0-9_]{0,49}$/;
/** Words of the expression language: a question called so could not be looked at. */
const WORDS = new Set(["and", "or", "not", "in", "if", "else", "is", "for", "from", "class", "def", "none", "true", "false", "null", "lambda", "while", "with", "as", "outcome", "return", "try", "import"]);

export function fieldPanel(editor, { name }, panel) {
  const { field } = placeOf(editor.content, name);
  const prop = property(editor.content, name) ?? {};
  const kind = kindOf(field, prop);
  const at = { editor, field, prop, kind, name, has: (one) => KINDS[kind].has.includes(one) };
  return [
    head(at, panel),
    section("", [wording(at), kindSelect(at), needs(at), key(at)]),
    section(words("answer"), answer(at)),
    section(words("when_shown"), [condition(at)], { folded: true, open: Boolean(field.visible_if) }),
    advanced({ field, schema: prop }, (value) => applyJson(at, value), [...others(field, shown(LAYOUT, at)), ...others(prop, [...shown(SCHEMA, at), ...(kind === "date" ? ["format"] : [])])]),
  ];
}

function head({ editor, field, kind, name }, panel) {
  const place = placeOf(editor.content, name);
  const pages = editor.content.pages ?? [];
  const move = (step) => panel.outline.nudge(field.name, step);
  const copy = () => {
    let fresh = "";
    editor.change((content) => { fresh = copyField(content, field.name); });
    editor.select({ kind: "field", name: fresh });
  };
  const remove = () => {
    const next = fieldLists(editor.content)[place.page].filter((one) => one !== field);
    const neighbour = next[Math.min(place.index, next.length - 1)];
    editor.change((content) => removeField(content, field.name), { select: neighbour ? { kind: "field", name: neighbour.name } : { kind: "form" } });
  };
  return h("div", { class: "cf-fe-head" }, h("h2", {}, sign(KINDS[kind].icon), words(`kind_${kind}`)),
    !editor.readOnly && h("div", { class: "cf-fe-tools" }, tool("arrow-up", words("up"), () => move(-1)), tool("arrow-down", words("down"), () => move(1)), tool("copy", words("copy"), copy), tool("trash", words("remove"), remove)),
    pages.length > 1 && !editor.readOnly && select(words("on_page"), pages.map((one, index) => ({ value: String(index), label: words("page_n", { n: index + 1, title: say(one.title) }) })), String(place.page), (page) => editor.change((content) => moveField(content, field.name, Number(page), Infinity)), { small: true }));
}

function wording({ editor, field, kind, name }) {
  const type = (key, optional) => (language, text) => editor.type(`${name}.${key}.${language}`, () => putText(field, key, language, text, optional));
  const parts = [pair(words(kind === "notice" ? "heading" : "question"), field.label, type("label", kind === "notice"))];
  if (kind === "notice") parts.push(pair(words("notice_text"), field.text, type("text"), { rows: 4 }));
  else parts.push(pair(words("help"), field.help, type("help", true), { rows: 2, help: words("help_help") }));
  return parts;
}

function kindSelect({ editor, field, kind }) {
  const offered = Object.keys(KINDS).filter((one) => (editor.isRecord ? INSIDE_RECORDS.includes(one) : one !== "review" || editor.content.reviews || kind === "review"));
  return select(words("kind"), offered.map((one) => ({ value: one, label: words(`kind_${one}`) })), kind, (next) => editor.change((content) => setKind(content, field.name, next)));
}

function needs({ editor, field, kind, name }) {
  if (kind === "notice") return null;
  const required = toggle(words(kind === "checkbox" ? "must_tick" : "required"), isRequired(editor.content, name), (on) => editor.change((content) => setRequired(content, field.name, on)));
  if (KINDS[kind].alone) return required;
  return [required, toggle(words("half"), field.width === "half", (on) => editor.change(() => put(field, "width", on ? "half" : undefined)), { help: words("half_help") })];
}

function key({ editor, field, name }) {
  const change = (fresh) => {
    if (!NAME.test(fresh) || WORDS.has(fresh)) return words("key_wrong");
    if (placeOf(editor.content, fresh) || property(editor.content, fresh)) return words("key_taken");
    editor.change((content) => renameField(content, field.name, fresh), { select: { kind: "field", name: fresh } });
    return "";
  };
  return settled(words("key"), name, change, { small: true, mono: true, help: words("key_help") });
}

function answer(at) {
  return [
    at.has("length") && lengths(at),
    at.has("rows") && number(words("rows"), at.field.rows, (value) => at.editor.type(`${at.name}.rows`, () => put(at.field, "rows", value))),
    at.has("range") && ranges(at),
    at.has("unit") && pair(words("unit"), at.field.unit, (language, text) => at.editor.type(`${at.name}.unit.${language}`, () => putText(at.field, "unit", language, text, true)), { help: words("unit_help") }),
    (at.has("options") || at.has("source")) && choiceParts(at),
    at.has("files") && fileParts(at),
    at.has("records") && recordsParts(at),
    at.has("count") && countParts(at),
    at.has("pattern") && patterns(at),
    at.has("review") && reviewParts(at),
    at.kind === "number" && number(words("default"), at.prop.default, (value) => limit(at, "default", value), { whole: at.prop.type === "integer" }),
    at.kind === "yesno" && h("p", { class: "cf-help" }, words("yesno_help")),
  ].flat();
}

/** Sets a keyword of the schema. */
export function limit({ editor, prop, name }, keyword, value) {
  editor.type(`${name}.${keyword}`, () => put(prop, keyword, value));
}

function lengths(at) {
  return h("div", { class: "cf-fe-two" },
    number(words("min_length"), at.prop.minLength, (value) => limit(at, "minLength", value), { unit: words("characters") }),
    number(words("max_length"), at.prop.maxLength, (value) => limit(at, "maxLength", value), { unit: words("characters") }));
}

function ranges(at) {
  const whole = at.prop.type === "integer";
  return [
    toggle(words("whole"), whole, (on) => at.editor.change(() => { at.prop.type = on ? "integer" : "number"; })),
    h("div", { class: "cf-fe-two" },
      number(words("minimum"), at.prop.minimum, (value) => limit(at, "minimum", value), { whole: false }),
      number(words("maximum"), at.prop.maximum, (value) => limit(at, "maximum", value), { whole: false })),
  ];
}

const PATTERNS = { phone: "^[0-9+][0-9 -]{6,18}$", letters: "^[A-Za-z][A-Za-z .'-]*$", digits: "^[0-9]+$", code: "^[A-Z0-9-]+$" };

function patterns(at) {
  const { editor, prop, name } = at;
  const known = Object.entries(PATTERNS).find(([, pattern]) => pattern === prop.pattern)?.[0];
  const chosen = prop.format === "email" ? "email" : known ?? (prop.pattern === undefined ? "" : "own");
  const options = ["", "phone", "email", "letters", "digits", "code", "own"].map((one) => ({ value: one, label: words(`pattern_${one || "any"}`) }));
  const pick = (next) => editor.change(() => {
    put(prop, "format", next === "email" ? "email" : undefined);
    put(prop, "pattern", next === "own" ? prop.pattern ?? "^.+$" : PATTERNS[next]);
  });
  return [
    select(words("pattern"), options, chosen, pick),
    chosen === "own" && line(words("pattern_text"), prop.pattern, (value) => limit(at, "pattern", value), { mono: true, help: words("pattern_help") }),
    line(words("example"), prop.examples?.[0], (value) => editor.type(`${name}.examples`, () => put(prop, "examples", value ? [value, ...(prop.examples ?? []).slice(1)] : undefined)), { help: words("example_help") }),
  ];
}

function condition({ editor, field, name }) {
  const place = h("div", { class: "cf-fe-field" });
  conditionBuilder(place, {
    text: field.visible_if ?? "", known: true, dates: "typed", empty: words("always_shown"), label: words("when_shown"), readOnly: editor.readOnly,
    variables: variables(editor.content, say, { before: name }),
    onChange: (text) => editor.type(`${name}.visible_if`, () => put(field, "visible_if", text)),
  });
  return place;
}

function applyJson({ editor, field, prop, name }, value) {
  if (!value.field || typeof value.field !== "object" || value.field.name !== name) return words("json_name");
  editor.change((content) => {
    for (const key of Object.keys(field)) delete field[key];
    Object.assign(field, value.field);
    const schema = value.schema && typeof value.schema === "object" ? value.schema : {};
    if (!Object.keys(schema).length && !property(content, name)) return;
    for (const key of Object.keys(prop)) delete prop[key];
    Object.assign(prop, schema);
    content.schema.properties[name] = prop;
  });
  return "";
}
