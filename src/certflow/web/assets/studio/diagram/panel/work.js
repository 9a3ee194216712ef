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

export function decisionGroups(element, panel) {
  const { vocabulary, changes, readOnly, draft } = panel;
  const name = property(element, "decision");
  const decision = vocabulary.decisions.find((one) => one.name === name);
  const options = vocabulary.decisions.map((one) => ({ value: one.name, title: one.title === one.name ? one.name : `${one.title}（${one.name}）` }));
  const check = (value) => (/^[A-Za-z_]\w*$/.test(value.trim()) ? "" : words("variable_name"));
  const fields = [
    select({ label: words("decision"), key: "decision", value: name, empty: words("choose"), options, readOnly, set: (value) => changes.properties(element, { decision: value }) }),
    text({ label: words("result"), key: "result", mono: true, value: property(element, "result"), help: words("result_help"), check, readOnly, set: (value) => changes.properties(element, { result: value.trim() }) }),
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
  const check = (value) => (!value.trim() || /^[A-Za-z_]\w*$/.test(value.trim()) ? "" : words("variable_name"));
  const name = text({ label: words("line_name", { number: index + 1 }), quiet: true, key: `line-name-${index}`, mono: true, value: line.name, placeholder: words("line_name_hint"), check, readOnly: panel.readOnly, set: (value) => { current.name = value.trim(); change({ ...current }); } });
  const value = text({ label: words("line_value", { number: index + 1 }), quiet: true, key: `line-value-${index}`, mono: true, value: line.value, placeholder: words("line_value_hint"), readOnly: panel.readOnly, suggestions: panel.variables(element.id).map((one) => ({ value: one.name, title: one.label })), set: (given) => { current.value = given.trim(); change({ ...current }); } });
  checkText(value, element, panel);
  const away = panel.readOnly ? null : button(words("remove_line"), remove, "x");
  away?.classList.add("cf-prop__away");
  return make("div", "cf-prop__line", [name, make("span", "cf-prop__equals", "="), value, away]);
}
