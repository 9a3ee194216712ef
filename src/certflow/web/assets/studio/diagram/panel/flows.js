// Which way is taken: the condition of a flow, all ways of a choice at a glance.
import { getBusinessObject, is } from "bpmn-js/lib/util/ModelUtil";
import { conditionBuilder } from "../../conditions/index.js";
import { words } from "../words.js";
import { fact, make, note, parts } from "./fields.js";

const textOf = (flow) => getBusinessObject(flow).conditionExpression?.body?.trim() ?? "";
const isDefault = (flow) => getBusinessObject(flow.source).default === getBusinessObject(flow);


export function flowGroups(element, panel) {
  const ends = fact(words("leads"), make("span", "", [panel.to(element.source), " → ", panel.to(element.target)]));
  if (!is(element.source, "bpmn:ExclusiveGateway")) {
    const stray = textOf(element);
    const fields = [ends, note(words(stray ? "stray_condition" : "unconditional"))];
    if (stray) fields.push(builder(element, panel));
    return [{ key: "way", title: words("way"), fields }];
  }
  if (element.source.outgoing.length === 1) return [{ key: "way", title: words("way"), fields: [ends, note(words("only_way"))] }];
  return [{ key: "way", title: words("way"), fields: [ends, ...wayFields(element, panel)] }];
}

/** Whether a flow is the default, else its condition. */
function wayFields(flow, panel) {
  const { changes, readOnly } = panel;
  const value = isDefault(flow) ? "default" : "condition";
  const options = [
    { value: "condition", title: words("way_condition") },
    { value: "default", title: words("way_default") },
  ];
  const set = (chosen) => {
    if (chosen === "default") {
      if (textOf(flow)) changes.condition(flow, "");
      changes.set(flow.source, { default: getBusinessObject(flow) });
    } else changes.set(flow.source, { default: undefined });
    panel.refresh();
  };
  const fields = [parts({ label: words("way_when"), key: `when:${flow.id}`, value, options, readOnly, set })];
  if (value === "default") fields.push(note(words("default_help")));
  if (value === "condition" || textOf(flow)) fields.push(builder(flow, panel));
  return fields;
}

function builder(flow, panel) {
  const box = make("div", "cf-prop__condition");
  let timer = 0;
  conditionBuilder(box, {
    text: textOf(flow),
    variables: panel.variables(flow.id).length ? panel.variables(flow.id) : panel.variables(flow.source.id),
    element: flow.id,
    label: words("condition_of", { flow: getBusinessObject(flow).name || getBusinessObject(flow.target).name || flow.id }),
    readOnly: panel.readOnly,
    onChange: (text) => {
      clearTimeout(timer);
      timer = setTimeout(() => panel.changes.condition(flow, text), 400);
    },
  });
  return box;
}

export function choiceGroups(element, panel) {
  if (element.outgoing.length < 2) {
    return [{ key: "ways", title: words("ways"), fields: [note(words(element.incoming.length > 1 ? "joins" : "no_ways"))] }];
  }
  const fields = element.outgoing.map((flow) => {
    const head = make("div", "cf-prop__way-head", [panel.to(flow, panel.nameOf(flow) || words("to_target", { target: panel.nameOf(flow.target) || flow.target.id }))]);
    return make("div", "cf-prop__card", [head, ...wayFields(flow, panel)]);
  });
  return [{ key: "ways", title: words("ways"), fields: [note(words("ways_help")), ...fields] }];
}
