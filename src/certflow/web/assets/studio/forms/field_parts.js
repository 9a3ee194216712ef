// Settings that only some kinds of questions have: options, files, how many, what is judged.
import { boxes, button, h, line, number, pair, select, tool } from "./controls.js";
import { allFields, moveIn, put, putText, syncOptions } from "./model.js";
import { about, say, words } from "./words.js";

const RUNTIME = { organisation: "organisation", experts: "experts" };

/** Where the options come from: written here, or offered by the system when the form is filled in. */
export function choiceParts(at) {
  const { editor, field, kind } = at;
  const own = !RUNTIME[kind];
  const inner = editor.isRecord ? [] : allFields(editor.content).filter((one) => one.widget === "records").map((one) => ({ value: `records:${one.name}`, label: words("from_records", { name: say(one.label) }) }));
  const offered = about.offers.choices.filter((one) => one.own || one.name === field.choices).map((one) => ({ value: one.name, label: one.title }));
  const options = [...(own ? [{ value: "", label: words("own_options") }] : [{ value: "", label: words(`usual_${kind}`) }]), ...inner, ...offered];
  const change = (source) => editor.change((content) => {
    put(field, "choices", source);
    if (!own) return;
    if (source) delete field.options;
    else field.options ??= [1, 2].map((n) => ({ value: `option_${n}`, label: { zh: `选项 ${n}`, en: `Option ${n}` } }));
    syncOptions(content, field.name);
  });
  return [select(words("source"), options, field.choices ?? "", change), own && !field.choices && optionList(at)];
}

function optionList({ editor, field, name }) {
  const options = Array.isArray(field.options) ? field.options : [];
  const sync = (content) => syncOptions(content, field.name);
  const rows = options.map((option, index) => {
    const type = (language, text) => editor.type(`${name}.option.${index}.${language}`, () => putText(option, "label", language, text));
    const row = pair(words("option_n", { n: index + 1 }), option.label, type);
    const value = line(words("option_value"), option.value, (text) => editor.type(`${name}.option.${index}.value`, (content) => {
      option.value = text.trim();
      sync(content);
    }), { small: true, mono: true });
    const help = pair(words("option_help"), option.help, (language, text) => editor.type(`${name}.option.${index}.help.${language}`, () => putText(option, "help", language, text, true)));
    const more = h("details", { class: "cf-fe-more" }, h("summary", { "aria-label": words("option_more", { n: index + 1 }) }, words("more")), value, help);
    more.open = Boolean(option.help);
    const move = (step) => editor.change((content) => moveIn(field.options, index, index + step) && sync(content));
    const tools = h("div", { class: "cf-fe-tools" }, tool("arrow-up", words("option_up", { n: index + 1 }), () => move(-1), { disabled: !index }), tool("arrow-down", words("option_down", { n: index + 1 }), () => move(1), { disabled: index === options.length - 1 }),
      tool("trash", words("option_remove", { n: index + 1 }), () => editor.change((content) => {
        field.options.splice(index, 1);
        sync(content);
      })));
    return h("li", { class: "cf-fe-option" }, tools, row, more);
  });
  const add = () => editor.change((content) => {
    field.options ??= [];
    const taken = new Set(field.options.map((one) => one.value));
    let number = field.options.length + 1;
    while (taken.has(`option_${number}`)) number += 1;
    field.options.push({ value: `option_${number}`, label: { zh: `选项 ${number}`, en: `Option ${number}` } });
    sync(content);
  });
  return h("div", { class: "cf-fe-field" }, h("div", { class: "cf-fe-label" }, words("options")), h("ol", { class: "cf-fe-options" }, rows), button(words("add_option"), add, { mark: "plus", quiet: true }));
}

/** How many of them: files, options, records, people. */
export function countParts({ editor, prop, name, kind }) {
  const set = (keyword) => (value) => editor.type(`${name}.${keyword}`, () => put(prop, keyword, value));
  const unit = words(`count_${["file", "records", "experts"].includes(kind) ? kind : "options"}`);
  return h("div", { class: "cf-fe-two" }, number(words("at_least"), prop.minItems, set("minItems"), { unit }), number(words("at_most"), prop.maxItems, set("maxItems"), { unit }));
}

const TYPES = { pdf: [".pdf"], picture: [".jpg", ".jpeg", ".png"] };
const bare = (one) => one.replace(/^\./, "").toLowerCase();

export function fileParts({ editor, field, name }) {
  const accept = (Array.isArray(field.accept) ? field.accept : []).map(bare);
  const chosen = Object.keys(TYPES).filter((one) => TYPES[one].some((ending) => accept.includes(bare(ending))));
  const known = Object.values(TYPES).flat().map(bare);
  const change = (types) => editor.change(() => {
    const rest = (field.accept ?? []).filter((one) => !known.includes(bare(one)));
    put(field, "accept", [...types.flatMap((one) => TYPES[one]), ...rest]);
  });
  return [
    boxes(words("file_types"), Object.keys(TYPES).map((one) => ({ value: one, label: words(`file_${one}`) })), chosen, change, { help: words("file_types_help") }),
    number(words("max_mb"), field.max_mb, (value) => editor.type(`${name}.max_mb`, () => put(field, "max_mb", value)), { unit: "MB" }),
  ];
}

/** What a reviewer judges, and the reasons offered when something fails. */
export function reviewParts({ editor, field, name }) {
  const form = about.forms[editor.content.reviews];
  const judged = form ? allFields(form).filter((one) => one.widget !== "notice").map((one) => ({ value: one.name, label: say(one.label) })) : [];
  const reasons = Array.isArray(field.nonconformities) ? field.nonconformities : [];
  const lists = form ? allFields(form).filter((one) => one.widget === "records").map((one) => ({ value: one.name, label: say(one.label) })) : [];
  const rows = reasons.map((one, index) => reason({ editor, field, name }, one, index, lists));
  const add = () => editor.change(() => {
    field.nonconformities ??= [];
    field.nonconformities.push({ code: `N${field.nonconformities.length + 1}`, label: { zh: "新的不符合项", en: "New nonconformity" }, text: { zh: "请补充……", en: "Please add ..." }, applies: [] });
  });
  return [
    boxes(words("targets"), judged, field.targets ?? [], (targets) => editor.change(() => put(field, "targets", targets)), { help: words("targets_help"), empty: words("targets_none") }),
    h("div", { class: "cf-fe-field" }, h("div", { class: "cf-fe-label" }, words("reasons")), h("p", { class: "cf-help" }, words("reasons_help")), h("ol", { class: "cf-fe-options" }, rows), button(words("add_reason"), add, { mark: "plus", quiet: true })),
  ];
}

function reason({ editor, field, name }, one, index, lists) {
  const type = (key) => (language, text) => editor.type(`${name}.reason.${index}.${key}.${language}`, () => putText(one, key, language, text));
  const kind = about.forms[editor.content.reviews];
  const records = (kind ? allFields(kind) : []).filter((field_) => field_.widget === "records" && (!one.applies?.length || one.applies.includes(field_.name)));
  const inner = new Map(records.flatMap((field_) => allFields(about.kinds[field_.records] ?? {})).map((field_) => [field_.name, say(field_.label)]));
  return h("li", { class: "cf-fe-option" },
    h("div", { class: "cf-fe-tools" }, tool("trash", words("reason_remove", { code: one.code }), () => editor.change(() => {
      field.nonconformities.splice(index, 1);
      if (!field.nonconformities.length) delete field.nonconformities;
    }))),
    line(words("reason_code"), one.code, (text) => editor.type(`${name}.reason.${index}.code`, () => { one.code = text.trim(); }), { small: true, mono: true }),
    pair(words("reason_label"), one.label, type("label")),
    h("details", { class: "cf-fe-more" }, h("summary", {}, words("more")),
      pair(words("reason_text"), one.text, type("text"), { rows: 3, help: words("reason_text_help") }),
      boxes(words("reason_applies"), lists, one.applies ?? [], (applies) => editor.change(() => { one.applies = applies; }), { help: words("reason_applies_help") }),
      boxes(words("reason_fields"), [...inner].map(([value, label]) => ({ value, label })), one.fields ?? [], (fields) => editor.change(() => put(one, "fields", fields)), { help: words("reason_fields_help") })));
}
