// The buttons under a form, the rules across its questions, what it tells the process.
import { conditionBuilder } from "../conditions/index.js";
import { advanced, boxes, button, h, line, pair, section, select, settled, sign, tool } from "./controls.js";
import { allFields, moveIn, others, property, put, putText, variables } from "./model.js";
import { say, words } from "./words.js";

const OUTCOME = ["key", "label", "kind", "requires", "note"];
const head = (mark, title, tools) => h("div", { class: "cf-fe-head" }, h("h2", {}, sign(mark), title), tools);
const answered = (content) => allFields(content).filter((one) => property(content, one.name)).map((one) => ({ value: one.name, label: say(one.label) || one.name }));

export function outcomePanel(editor, { index }) {
  const { content } = editor;
  const outcome = content.outcomes[index];
  const typed = (key, optional) => (language, text) => editor.type(`outcome.${index}.${key}.${language}`, () => putText(outcome, key, language, text, optional));
  const move = (step) => editor.change(() => moveIn(content.outcomes, index, index + step), { select: { kind: "outcome", index: index + step } });
  const remove = () => editor.change(() => content.outcomes.splice(index, 1), { select: { kind: "form" } });
  const tools = !editor.readOnly && h("div", { class: "cf-fe-tools" }, tool("arrow-up", words("up"), () => index && move(-1), { disabled: !index }), tool("arrow-down", words("down"), () => index < content.outcomes.length - 1 && move(1), { disabled: index === content.outcomes.length - 1 }), tool("trash", words("remove"), remove));
  const key = (fresh) => {
    if (!/^[a-z][a-z0-9_]{0,49}$/.test(fresh)) return words("key_wrong");
    if (content.outcomes.some((one) => one.key === fresh)) return words("key_taken");
    editor.change(() => {
      for (const rule of content.rules ?? []) if (rule.outcomes?.includes(outcome.key)) rule.outcomes = rule.outcomes.map((one) => (one === outcome.key ? fresh : one));
      outcome.key = fresh;
    });
    return "";
  };
  const kinds = ["primary", "quiet", "danger"].map((one) => ({ value: one, label: words(`outcome_${one}`) }));
  return [
    head("check", words("outcome"), tools),
    section("", [
      pair(words("outcome_label"), outcome.label, typed("label")),
      select(words("outcome_kind"), kinds, outcome.kind ?? "primary", (kind) => editor.change(() => { outcome.kind = kind; })),
      pair(words("outcome_note"), outcome.note, typed("note", true), { rows: 2, help: words("outcome_note_help") }),
      boxes(words("requires"), answered(content), outcome.requires ?? [], (names) => editor.change(() => { outcome.requires = names; }), { help: words("requires_help") }),
      settled(words("key"), outcome.key, key, { small: true, mono: true, help: words("outcome_key_help", { name: `${content.key}_outcome` }) }),
    ]),
    advanced(outcome, (value) => {
      editor.change(() => { content.outcomes[index] = value; });
      return "";
    }, others(outcome, OUTCOME)),
  ];
}

export function rulesPanel(editor) {
  const { content } = editor;
  const rules = Array.isArray(content.rules) ? content.rules : [];
  const fields = answered(content);
  const add = () => editor.change(() => {
    const field = fields[0]?.value ?? "";
    content.rules = [...rules, { field, must: `${field} != None`, message: { zh: "请检查这一项。", en: "Please check this." } }];
  });
  return [
    head("list-check", words("rules")),
    section("", [h("p", { class: "cf-help" }, words("rules_help")), rules.map((rule, index) => ruleCard(editor, rule, index, fields)),
      !editor.readOnly && fields.length > 0 && button(words("add_rule"), add, { mark: "plus" })]),
  ];
}

function ruleCard(editor, rule, index, fields) {
  const { content } = editor;
  const place = h("div", { class: "cf-fe-field" });
  conditionBuilder(place, {
    text: rule.must ?? "", known: true, dates: "typed", label: words("must_hold"), readOnly: editor.readOnly, variables: variables(content, say),
    onChange: (text) => editor.type(`rule.${index}.must`, () => { rule.must = text; }),
  });
  const remove = () => editor.change(() => {
    content.rules.splice(index, 1);
    if (!content.rules.length) delete content.rules;
  });
  const outcomes = (content.outcomes ?? []).map((one) => ({ value: one.key, label: say(one.label) || one.key }));
  return h("div", { class: "cf-fe-option", role: "group", "aria-label": words("rule_n", { n: index + 1 }) },
    h("div", { class: "cf-fe-tools" }, tool("trash", words("rule_remove", { n: index + 1 }), remove)),
    select(words("rule_field"), fields, rule.field, (name) => editor.change(() => { rule.field = name; }), { help: words("rule_field_help") }),
    h("div", { class: "cf-fe-label" }, words("must_hold")), place,
    pair(words("rule_message"), rule.message, (language, text) => editor.type(`rule.${index}.message.${language}`, () => putText(rule, "message", language, text)), { rows: 2 }),
    !editor.isRecord && boxes(words("rule_outcomes"), outcomes, rule.outcomes ?? [], (keys) => editor.change(() => put(rule, "outcomes", keys)), { help: words("rule_outcomes_help") }));
}

export function decidesPanel(editor) {
  const { content } = editor;
  const decides = content.decides ?? {};
  const sources = [{ value: "outcome", label: words("the_outcome") }, ...answered(content)];
  const add = () => editor.change(() => {
    const told = ["outcome", ...Object.values(decides)];
    const wanted = (sources.find((one) => !told.includes(one.value)) ?? sources[1])?.value ?? "outcome";
    let [name, number] = [wanted === "outcome" ? `${content.key}_result` : wanted, 2];
    while (name in decides) name = `${wanted}_${number++}`;
    content.decides = { ...decides, [name]: wanted };
  });
  return [
    head("transfer", words("decides")),
    section("", [h("p", { class: "cf-help" }, words("decides_help", { name: `${content.key}_outcome` })),
      Object.entries(decides).map(([name, source], index) => decided(editor, name, source, index, sources)),
      !editor.readOnly && button(words("add_decides"), add, { mark: "plus" })]),
  ];
}

function decided(editor, name, source, index, sources) {
  const { content } = editor;
  const rename = (fresh) => {
    if (!/^[\p{L}][\p{L}\p{N}_]{0,49}$/u.test(fresh)) return words("key_wrong");
    if (fresh in content.decides) return words("key_taken");
    editor.change(() => { content.decides = Object.fromEntries(Object.entries(content.decides).map(([key, value]) => [key === name ? fresh : key, value])); });
    return "";
  };
  const remove = () => editor.change(() => {
    delete content.decides[name];
    if (!Object.keys(content.decides).length) delete content.decides;
  });
  const plain = sources.some((one) => one.value === source);
  const options = [...sources, { value: "", label: words("computed") }];
  const change = (value) => editor.change(() => {
    const follows = value && value !== "outcome" && name === source && !(value in content.decides); // nobody chose the name
    const mine = [follows ? value : name, value || (plain ? `(${source})` : source)];
    content.decides = Object.fromEntries(Object.entries(content.decides).map((one) => (one[0] === name ? mine : one)));
  });
  return h("div", { class: "cf-fe-option", role: "group", "aria-label": name },
    h("div", { class: "cf-fe-tools" }, tool("trash", words("decides_remove", { name }), remove)),
    select(words("decides_from"), options, plain ? source : "", change),
    !plain && line(words("decides_text"), source, (text) => editor.type(`decides.${index}`, () => { content.decides[name] = text; }), { mono: true, help: words("decides_text_help") }),
    settled(words("decides_name"), name, rename, { small: true, mono: true, help: words("decides_name_help") }));
}
