// A step that several people do, or that is done for each of a list.
import { getBusinessObject } from "bpmn-js/lib/util/ModelUtil";
import { words } from "../words.js";
import { text, ways } from "./fields.js";
import { repetition } from "./properties.js";
import { variableField } from "./values.js";

export function repeatGroup(element, panel) {
  const { readOnly } = panel;
  const rule = repetition(element);
  const over = rule?.over ?? "once";
  const options = ["once", "list", "times"].map((value) => ({ value, title: words(`repeat_${value}`), help: words(`repeat_${value}_help`) }));
  const fields = [ways({ label: words("repeat"), key: "repeat", value: over, options, readOnly, set: (value) => turn(element, panel, value) })];
  if (rule) fields.push(...details(element, panel, rule));
  return { key: "repeat", title: words("repeat"), open: Boolean(rule), fields };
}

function turn(element, panel, over) {
  const { changes } = panel;
  if (over === "once") {
    changes.properties(element, { collection: "", item: "" });
    changes.set(element, { loopCharacteristics: undefined });
    return;
  }
  const object = getBusinessObject(element);
  const loop = changes.factory.create("bpmn:MultiInstanceLoopCharacteristics", { isSequential: Boolean(object.loopCharacteristics?.isSequential) });
  loop.$parent = object;
  if (over === "times") loop.loopCardinality = changes.expression(loop, "2");
  changes.properties(element, over === "times" ? { collection: "", item: "" } : { item: "one" });
  changes.set(element, { loopCharacteristics: loop });
}

function details(element, panel, rule) {
  const { changes, readOnly } = panel;
  const loop = getBusinessObject(element).loopCharacteristics;
  const fields = [];
  if (rule.over === "list") {
    const list = (value) => {
      changes.properties(element, { collection: value });
      if (loop.get("loopDataInputRef")) changes.inside(element, loop, { loopDataInputRef: undefined });
    };
    const item = (value) => {
      changes.properties(element, { item: value.trim() });
      if (loop.get("inputDataItem")) changes.inside(element, loop.get("inputDataItem"), { name: value.trim() });
    };
    const check = (value) => (/^[A-Za-z_]\w*$/.test(value.trim()) ? "" : words("variable_name"));
    fields.push(
      variableField({ label: words("collection"), help: words("collection_help"), key: "collection", value: rule.collection, element, panel, types: ["list", "rows"], set: list }),
      text({ label: words("item"), help: words("item_help"), key: "item", mono: true, value: rule.item, check, readOnly, set: item }),
    );
  } else {
    fields.push(variableField({ label: words("cardinality"), help: words("cardinality_help"), key: "cardinality", value: rule.cardinality, element, panel, set: (value) => changes.inside(element, loop, { loopCardinality: changes.expression(loop, value) }) }));
  }
  const options = ["together", "in_turn"].map((value) => ({ value, title: words(value) }));
  fields.push(
    ways({ label: words("order"), key: "order", value: rule.sequential ? "in_turn" : "together", options, readOnly, set: (value) => changes.inside(element, loop, { isSequential: value === "in_turn" }) }),
    variableField({ label: words("until"), help: words("until_help"), key: "until", value: rule.until, element, panel, set: (value) => changes.inside(element, loop, { completionCondition: value ? changes.expression(loop, value) : undefined }) }),
  );
  return fields;
}
