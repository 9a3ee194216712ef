// Changing an element into another kind leaves nothing behind that the new kind would not understand.
import { getBusinessObject, is } from "bpmn-js/lib/util/ModelUtil";
import CommandInterceptor from "diagram-js/lib/command/CommandInterceptor";
import { clearProperties } from "./panel/properties.js";

const KEPT = {
  "bpmn:UserTask": ["form", "assignee", "organisation", "deadline", "due", "blind", "scope", "collection", "item"],
  "bpmn:ServiceTask": ["operation", "collection", "item"],
  "bpmn:BusinessRuleTask": ["decision", "result"],
  "bpmn:CallActivity": ["result"],
};

class Tidy extends CommandInterceptor {
  static $inject = ["eventBus", "modeling"];

  constructor(eventBus, modeling) {
    super(eventBus);
    this.postExecuted("shape.replace", ({ context: { oldShape, newShape } }) => {
      if (oldShape.type === newShape.type || newShape.labelTarget) return;
      const kept = KEPT[newShape.type] ?? [];
      clearProperties(modeling, newShape, (name) => !kept.includes(name));
      const loop = getBusinessObject(newShape).loopCharacteristics;
      if (loop && !is(newShape, "bpmn:UserTask") && !is(newShape, "bpmn:ServiceTask")) {
        modeling.updateProperties(newShape, { loopCharacteristics: undefined });
      }
    });
  }
}

export const tidy = { __init__: ["tidy"], tidy: ["type", Tidy] };
