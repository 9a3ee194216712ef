// Reading and changing what a diagram says: certflow:properties, timers, repetition, conditions.
import { getBusinessObject, is } from "bpmn-js/lib/util/ModelUtil";

function holder(element) {
  return getBusinessObject(element).extensionElements?.get("values")?.find((one) => is(one, "certflow:Properties"));
}

/** All certflow properties of an element, as {name: value}. */
export function propertiesOf(element) {
  return Object.fromEntries((holder(element)?.get("values") ?? []).map((one) => [one.name, one.value ?? ""]));
}

export function property(element, name) {
  return propertiesOf(element)[name] ?? "";
}

/** Everything that changes an element, each change one step to undo. */
export class Changes {
  constructor(modeler) {
    this.modeler = modeler;
    this.modeling = modeler.get("modeling", false);
    this.factory = modeler.get("bpmnFactory", false);
  }

  /** Sets certflow properties; an empty value removes one. */
  properties(element, values) {
    const before = propertiesOf(element);
    const after = { ...before, ...values };
    const kept = Object.entries(after).filter(([, value]) => value !== "" && value !== undefined && value !== null);
    if (JSON.stringify(kept) === JSON.stringify(Object.entries(before))) return;
    this.#write(element, kept);
  }

  /** Puts exactly these certflow properties in place of all others. */
  exactly(element, values) {
    this.#write(element, Object.entries(values).filter(([, value]) => value !== ""));
  }

  #write(element, entries) {
    const found = holder(element);
    const values = entries.map(([name, value]) => this.factory.create("certflow:Property", { name, value: String(value) }));
    if (found) {
      values.forEach((one) => { one.$parent = found; });
      this.modeling.updateModdleProperties(element, found, { values });
      return;
    }
    const properties = this.factory.create("certflow:Properties", { values });
    values.forEach((one) => { one.$parent = properties; });
    const extension = getBusinessObject(element).extensionElements;
    if (extension) {
      properties.$parent = extension;
      this.modeling.updateModdleProperties(element, extension, { values: [...extension.get("values"), properties] });
      return;
    }
    const made = this.factory.create("bpmn:ExtensionElements", { values: [properties] });
    made.$parent = getBusinessObject(element);
    properties.$parent = made;
    this.modeling.updateProperties(element, { extensionElements: made });
  }

  set(element, values) {
    this.modeling.updateProperties(element, values);
  }

  inside(element, part, values) {
    this.modeling.updateModdleProperties(element, part, values);
  }

  /** An expression inside an element: a condition, a time, a number of times. */
  expression(parent, body, type = "bpmn:FormalExpression") {
    const made = this.factory.create(type, { body });
    made.$parent = parent;
    return made;
  }

  condition(flow, text) {
    const object = getBusinessObject(flow);
    if (!text.trim()) this.set(flow, { conditionExpression: undefined });
    else if (object.conditionExpression) this.inside(flow, object.conditionExpression, { body: text });
    else this.set(flow, { conditionExpression: this.expression(object, text) });
  }

  documentation(element, text) {
    const object = getBusinessObject(element);
    const first = object.get("documentation")[0];
    if (first && text) this.inside(element, first, { text });
    else if (first) this.set(element, { documentation: object.get("documentation").slice(1) });
    else if (text) {
      const made = this.factory.create("bpmn:Documentation", { text });
      made.$parent = object;
      this.set(element, { documentation: [made] });
    }
  }
}

/** Removes the certflow properties that `unwanted` names, and what would stay empty. */
export function clearProperties(modeling, element, unwanted) {
  const found = holder(element);
  if (!found) return;
  const left = found.get("values").filter((one) => !unwanted(one.name));
  if (left.length === found.get("values").length) return;
  const extension = getBusinessObject(element).extensionElements;
  const others = extension.get("values").filter((one) => one !== found);
  if (left.length) modeling.updateModdleProperties(element, found, { values: left });
  else if (others.length) modeling.updateModdleProperties(element, extension, { values: others });
  else modeling.updateProperties(element, { extensionElements: undefined });
}

const TIMES = { timeDuration: "duration", timeDate: "date", timeCycle: "cycle" };

export function eventDefinition(element, type) {
  return getBusinessObject(element).get("eventDefinitions")?.find((one) => is(one, type));
}

/** When a timer is due: {kind, text}; kind is "" while nothing is said. */
export function timing(element) {
  const definition = eventDefinition(element, "bpmn:TimerEventDefinition");
  const name = Object.keys(TIMES).find((one) => definition?.get(one));
  return name ? { kind: TIMES[name], text: (definition.get(name).body ?? "").trim() } : { kind: "", text: "" };
}

export function setTiming(changes, element, { kind, text }) {
  const definition = eventDefinition(element, "bpmn:TimerEventDefinition");
  const name = Object.keys(TIMES).find((one) => TIMES[one] === kind);
  const values = { timeDuration: undefined, timeDate: undefined, timeCycle: undefined };
  if (name) values[name] = changes.expression(definition, text);
  changes.inside(element, definition, values);
}

/** How a task is repeated, null when it is not: {over: "list" | "times", collection, item, cardinality, until, sequential}. */
export function repetition(element) {
  const object = getBusinessObject(element);
  const loop = object.loopCharacteristics;
  if (!is(loop, "bpmn:MultiInstanceLoopCharacteristics")) return null;
  const own = propertiesOf(element);
  const reference = loop.get("loopDataInputRef");
  const cardinality = loop.get("loopCardinality")?.body?.trim() ?? "";
  return {
    over: cardinality ? "times" : "list",
    collection: own.collection || reference?.id || "",
    item: own.item || loop.get("inputDataItem")?.name || loop.get("inputDataItem")?.id || "",
    cardinality,
    until: loop.get("completionCondition")?.body?.trim() ?? "",
    sequential: Boolean(loop.get("isSequential")),
  };
}
