// A step that the system does: an operation with its parameters, a decision table, lines of variables.
import { getBusinessObject } from "bpmn-js/lib/util/ModelUtil";
import { words } from "../words.js";
import { checkText } from "./checking.js";
import { button, link, make, note, select, text } from "./fields.js";
import { propertiesOf, property } from "./properties.js";
import { parameterField, variableField } from "./values.js";

const REPEATED = ["collection", "item"];
const modes = new Map();

export function operationGroups(element, panel) {
  const { vocabulary, changes, readOnly } = panel;
  const name = property(element, "operation");
  const operation = vocabulary.operations.find((one) => one.name === name);
  const own = (one) => one.own && !one.name.startsWith(`${panel.draft.key}.`);
  const options = [...vocabulary.operations]
    .sort((one, other) => Number(one.own) - Number(other.own))
    .map((one) => ({ value: one.name, title: one.title, group: words(!one.own ? "general_operations" : own(one) ? "other_operations" : "own_operations") }));
  const choose = (value) => {
    const found = vocabulary.operations.find((one) => one.name === value);
    const before = propertiesOf(element);
    const names = new Set([...REPEATED, ...(found?.parameters ?? []).map((one) => one.name)]);
    const kept = Object.fromEntries(Object.entries(before).filter(([key]) => names.has(key)));
    changes.exactly(element, { operation: value, ...kept });
  };
  const fields = [select({ label: words("operation"), key: "operation", value: name, empty: words("choose"), options, help: operation?.help, readOnly, set: choose })];
  const given = propertiesOf(element);
  const described = operation?.parameters ?? [];
  for (const one of described) {
    fields.push(parameterField(one, { value: given[one.name] ?? "", element, panel, modes, set: (value) => changes.properties(element, { [one.name]: value }) }));
  }
  const known = new Set(["operation", ...REPEATED, ...described.map((one) => one.name)]);
  for (const [key, value] of Object.entries(given).filter(([each]) => !known.has(each))) {
    fields.push(variableField({ label: key, help: words("unknown_parameter"), key: `parameter:${key}`, value, element, panel, set: (text_) => changes.properties(element, { [key]: text_ }) }));
  }
  if (operation?.sets.length) fields.push(gained(operation.sets.map((one) => [filled(one.name, given), one.title])));
  return [{ key: "operation", title: words("operation_group"), fields }];
}

/** "{key}_due" with the parameter's value. */
function filled(name, given) {
  return name.replace(/\{(\w+)\}/g, (whole, key) => given[key]?.replace(/^['"]|['"]$/g, "") || whole);
}

function gained(list) {
  const rows = list.map(([name, title]) => make("li", "", [make("code", "cf-prop__code", name), " ", title]));
  return make("div", "cf-prop__field", [make("span", "cf-prop__label", words("sets")), make("p", "cf-prop__help", words("sets_help")), make("ul", "cf-prop__sets", rows)]);
}

const checkName = (value) => (/^[A-Za-z_]\w*$/.test(value.trim()) ? "" : words("variable_name"));

/** The field for the variable in which a step keeps what it found out. */
function resultField(element, { changes, readOnly }, help) {
  return text({ label: words("result"), key: "result", mono: true, value: property(element, "result"), help, check: checkName, readOnly, set: (value) => changes.properties(element, { result: value.trim() }) });
}

export function callGroups(element, panel) {
  const { vocabulary, changes, readOnly } = panel;
  const options = vocabulary.called.map((one) => ({ value: one.name, title: one.title }));
  const fieldsOf = (name) => vocabulary.called.find((one) => one.name === name)?.fields ?? [];
  const choose = (value) => {
    const names = new Set(["result", ...fieldsOf(value).map((one) => one.name)]);
    const kept = Object.fromEntries(Object.entries(propertiesOf(element)).filter(([name]) => names.has(name)));
    changes.set(element, { calledElement: value || undefined });
    changes.exactly(element, { ...kept, result: kept.result || value });
  };
  const called = getBusinessObject(element).calledElement ?? "";
  const fields = [
    note(words("call_help")),
    select({ label: words("called"), key: "called", value: called, empty: words("choose"), options, readOnly, set: choose }),
    resultField(element, panel, words("called_result_help", { name: property(element, "result") || words("variable") })),
  ];
  const filling = fillingFields(element, panel, fieldsOf(called));
  return [{ key: "call", title: words("call_group"), fields }, filling.length ? { key: "filling", title: words("filling"), open: filling.length > 1, fields: filling } : null];
}

/** What is filled in already on the form of the called service. */
function fillingFields(element, panel, known) {
  const { result: _, ...given } = propertiesOf(element);
  const begun = panel.filling?.id === element.id ? [panel.filling.name] : [];
  const shown = [...new Set([...Object.keys(given), ...begun])];
  const set = (name) => (value) => panel.changes.properties(element, { [name]: value });
  const fields = shown.map((name) => {
    const field = known.find((one) => one.name === name);
    const common = { value: given[name] ?? "", element, panel, set: set(name) };
    return field ? parameterField(field, { ...common, modes }) : variableField({ ...common, label: name, help: words("unknown_field"), key: `parameter:${name}` });
  });
  const left = known.filter((one) => !shown.includes(one.name)).map((one) => ({ value: one.name, title: one.title }));
  const add = (name) => {
    panel.filling = { id: element.id, name };
    panel.refresh(`parameter:${name}`);
  };
  if (left.length && !panel.readOnly) fields.push(select({ label: words("fill_in"), key: "fill_in", help: words("fill_in_help"), empty: words("choose"), options: left, set: add }));
  return fields;
}

export function decisionGroups(element, panel) {
  const { vocabulary, changes, readOnly, draft } = panel;
  const name = property(element, "decision");
  const decision = vocabulary.decisions.find((one) => one.name === name);
  const options = vocabulary.decisions.map((one) => ({ value: one.name, title: one.title === one.name ? one.name : `${one.title}（${one.name}）` }));
  const fields = [
    select({ label: words("decision"), key: "decision", value: name, empty: words("choose"), options, readOnly, set: (value) => changes.properties(element, { decision: value }) }),
    resultField(element, panel, words("result_help")),
  ];
  if (decision && draft.tables) fields.push(link(words("open_table"), draft.table.replace("__name__", encodeURIComponent(decision.table)), "table"));
  else if (draft.tables) fields.push(link(words("all_tables"), draft.tables, "table"));
  return [{ key: "decision", title: words("decision"), fields }];
}

const LINE = /^(?<name>[^=]*?)\s*=(?!=)\s*(?<value>.*)$/;

function linesOf(element) {
  const script = getBusinessObject(element).script ?? "";
  return script.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => {
    if (line.startsWith("#")) return { comment: line };
    const found = LINE.exec(line)?.groups;
    return found ? { name: found.name.trim(), value: found.value.trim() } : { comment: line };
  });
}

const written = (lines) => lines.map((one) => one.comment ?? `${one.name} = ${one.value}`).join("\n");

export function scriptGroups(element, panel) {
  const { changes, readOnly } = panel;
  const kept = panel.lines?.id === element.id ? panel.lines.list : [];
  const lines = written(kept.filter(whole)) === written(linesOf(element)) ? kept : linesOf(element);
  panel.lines = { id: element.id, list: lines }; // as they are now: the panel is not built anew at every key
  const keep = (list) => {
    panel.lines.list = list;
    const script = written(list.filter(whole));
    if (script !== written(linesOf(element))) changes.set(element, { script });
  };
  const change = (index) => (next) => keep(panel.lines.list.map((one, at) => (at === index ? next : one)));
  const remove = (index) => () => {
    keep(panel.lines.list.filter((_, at) => at !== index));
    panel.refresh();
  };
  const rows = lines.map((line, index) => row(element, panel, line, index, change(index), remove(index)));
  const add = () => {
    panel.lines.list = [...panel.lines.list, { name: "", value: "" }];
    panel.refresh(`line-name-${panel.lines.list.length - 1}`);
  };
  return [{ key: "script", title: words("script"), fields: [note(words("script_help")), ...rows, readOnly ? null : button(words("add_line"), add)] }];
}

const whole = (line) => line.comment !== undefined || (line.name && line.value);

function row(element, panel, line, index, change, remove) {
  if (line.comment !== undefined) return text({ label: words("script_comment"), quiet: true, key: `line-comment-${index}`, mono: true, value: line.comment, readOnly: panel.readOnly, set: (value) => change({ comment: value.startsWith("#") ? value : `# ${value}` }) });
  const current = { ...line };
  const check = (value) => (value.trim() ? checkName(value) : "");
  const name = text({ label: words("line_name", { number: index + 1 }), quiet: true, key: `line-name-${index}`, mono: true, value: line.name, placeholder: words("line_name_hint"), check, readOnly: panel.readOnly, set: (value) => { current.name = value.trim(); change({ ...current }); } });
  const value = text({ label: words("line_value", { number: index + 1 }), quiet: true, key: `line-value-${index}`, mono: true, value: line.value, placeholder: words("line_value_hint"), readOnly: panel.readOnly, suggestions: panel.variables(element.id).map((one) => ({ value: one.name, title: one.label })), set: (given) => { current.value = given.trim(); change({ ...current }); } });
  checkText(value, element, panel);
  const away = panel.readOnly ? null : button(words("remove_line"), remove, "x");
  away?.classList.add("cf-prop__away");
  return make("div", "cf-prop__line", [name, make("span", "cf-prop__equals", "="), value, away]);
}
