// The settings of the form itself, of a record kind, of a page.
import { conditionBuilder } from "../conditions/index.js";
import { advanced, boxes, h, line, pair, section, select, sign, toggle, tool } from "./controls.js";
import { allFields, moveIn, others, property, put, putText, removeField, variables } from "./model.js";
import { about, say, words } from "./words.js";

const FORM = ["key", "title", "intro", "schema", "pages", "fields", "rules", "outcomes", "decides", "checks", "amends", "editable", "reviews", "heading", "summary", "noun", "exhibits", "starts_from", "discloses"];
const PAGE = ["key", "title", "intro", "fields", "visible_if"];

const head = (mark, title, tools) => h("div", { class: "cf-fe-head" }, h("h2", {}, sign(mark), title), tools);
const type = (editor, holder, key, optional) => (language, text) => editor.type(`${key}.${language}`, () => putText(holder, key, language, text, optional));
const offered = (what, chosen) => about.offers[what].filter((one) => one.own || chosen.includes(one.name)).map((one) => ({ value: one.name, label: one.title, help: one.help }));

function whole(editor) {
  const { content } = editor;
  return advanced(content, (value) => {
    if (value.key !== content.key) return words("json_key");
    if (value.pages !== undefined && !Array.isArray(value.pages)) return words("json_pages");
    editor.change(() => {
      for (const key of Object.keys(content)) delete content[key];
      Object.assign(content, value);
    });
    return "";
  }, others(content, FORM));
}

export function formPanel(editor) {
  const { content } = editor;
  const relation = content.reviews ? "reviews" : content.amends ? "amends" : "";
  return [
    head("settings", words("form_settings")),
    section("", [
      pair(words("title"), content.title, type(editor, content, "title")),
      pair(words("intro"), content.intro, type(editor, content, "intro", true), { rows: 3, help: words("intro_help") }),
      h("p", { class: "cf-help" }, words("form_key", { key: content.key })),
    ]),
    section(words("relation"), relationParts(editor, relation), { note: words("relation_help") }),
    section(words("behind_form"), [
      boxes(words("exhibits"), offered("exhibits", content.exhibits ?? []), content.exhibits ?? [], (chosen) => editor.change(() => put(content, "exhibits", chosen)), { help: words("exhibits_help") }),
      select(words("starts_from"), [{ value: "", label: words("starts_empty") }, ...offered("starts_from", [content.starts_from])], content.starts_from ?? "", (chosen) => editor.change(() => put(content, "starts_from", chosen)), { help: words("starts_from_help") }),
      boxes(words("checks"), offered("checks", content.checks ?? []), content.checks ?? [], (chosen) => editor.change(() => put(content, "checks", chosen)), { help: words("checks_help") }),
      toggle(words("discloses"), content.discloses === true, (on) => editor.change(() => put(content, "discloses", on || undefined)), { help: words("discloses_help") }),
    ], { folded: true }),
    whole(editor),
  ];
}

function relationParts(editor, relation) {
  const { content } = editor;
  const forms = Object.entries(about.forms).map(([value, form]) => ({ value, label: say(form.title) || value }));
  const change = (next) => editor.change(() => {
    const other = content.reviews ?? content.amends ?? forms[0]?.value;
    delete content.reviews;
    delete content.amends;
    delete content.editable;
    if (next && other) content[next] = other;
    if (next === "amends") content.editable = "all";
  });
  const editable = [{ value: "all", label: words("editable_all") }, { value: "flagged", label: words("editable_flagged") }];
  return [
    select(words("relation_kind"), ["", "reviews", "amends"].map((one) => ({ value: one, label: words(`relation_${one || "none"}`) })), relation, change),
    relation && select(words("relation_form"), forms, content[relation], (other) => editor.change(() => { content[relation] = other; })),
    relation === "amends" && select(words("editable"), editable, content.editable ?? "flagged", (kind) => editor.change(() => { content.editable = kind; })),
  ];
}

/** A record kind: what it is called, which answers stand on its card. */
export function recordPanel(editor) {
  const { content } = editor;
  const fields = allFields(content).filter((one) => property(content, one.name)).map((one) => ({ value: one.name, label: say(one.label) || one.name }));
  return [
    head("settings", words("record_settings")),
    section("", [
      pair(words("title"), content.title, type(editor, content, "title"), { help: words("record_shared") }),
      pair(words("noun"), content.noun, type(editor, content, "noun", true), { help: words("noun_help") }),
      h("p", { class: "cf-help" }, words("form_key", { key: content.key })),
    ]),
    section(words("card"), [
      select(words("card_heading"), [{ value: "", label: words("choose") }, ...fields], content.heading ?? "", (name) => editor.change(() => put(content, "heading", name)), { help: words("card_heading_help") }),
      boxes(words("card_summary"), fields, content.summary ?? [], (names) => editor.change(() => { content.summary = names; }), { help: words("card_summary_help") }),
    ]),
    whole(editor),
  ];
}

export function pagePanel(editor, { index }) {
  const page = editor.content.pages[index];
  const { pages } = editor.content;
  const move = (step) => editor.change((content) => moveIn(content.pages, index, index + step), { select: { kind: "page", index: index + step } });
  const remove = () => editor.change((content) => {
    for (const field of [...(content.pages[index].fields ?? [])]) removeField(content, field.name);
    content.pages.splice(index, 1);
  }, { select: { kind: "form" } });
  const tools = !editor.readOnly && h("div", { class: "cf-fe-tools" }, tool("arrow-up", words("up"), () => index > 0 && move(-1), { disabled: !index }), tool("arrow-down", words("down"), () => index < pages.length - 1 && move(1), { disabled: index === pages.length - 1 }), tool("trash", words("remove_page"), remove));
  const place = h("div", { class: "cf-fe-field" });
  conditionBuilder(place, {
    text: page.visible_if ?? "", known: true, dates: "typed", empty: words("page_always"), label: words("when_shown"), readOnly: editor.readOnly,
    variables: variables(editor.content, say, { page: index }),
    onChange: (text) => editor.type(`page.${index}.visible_if`, () => put(page, "visible_if", text)),
  });
  const typed = (key, optional) => (language, text) => editor.type(`page.${index}.${key}.${language}`, () => putText(page, key, language, text, optional));
  return [
    head("file-text", words("page"), tools),
    section("", [pair(words("page_title"), page.title, typed("title")), pair(words("page_intro"), page.intro, typed("intro", true), { rows: 2 }),
      line(words("key"), page.key, (text) => editor.type(`page.${index}.key`, () => { page.key = text.trim(); }), { small: true, mono: true })]),
    index > 0 && section(words("when_shown"), [place], { folded: true, open: Boolean(page.visible_if) }),
    advanced(page, (value) => {
      if (!Array.isArray(value.fields)) return words("json_fields");
      editor.change((content) => { content.pages[index] = value; });
      return "";
    }, others(page, PAGE)),
  ];
}
