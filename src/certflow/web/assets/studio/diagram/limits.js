// What can be drawn: only elements that the engine runs (engine/lint_elements.py).
import { getBusinessObject, is, isAny } from "bpmn-js/lib/util/ModelUtil";

const CHANGES = new Set([
  "replace-with-none-start",
  "replace-with-none-end",
  "replace-with-terminate-end",
  "replace-with-none-intermediate-throw",
  "replace-with-none-intermediate-throwing",
  "replace-with-message-intermediate-catch",
  "replace-with-timer-intermediate-catch",
  "replace-with-exclusive-gateway",
  "replace-with-parallel-gateway",
  "replace-with-user-task",
  "replace-with-service-task",
  "replace-with-receive-task",
  "replace-with-rule-task",
  "replace-with-call-activity",
  "replace-with-script-task",
  "replace-with-message-boundary",
  "replace-with-timer-boundary",
  "replace-with-non-interrupting-message-boundary",
  "replace-with-non-interrupting-timer-boundary",
  "replace-with-default-flow",
  "replace-with-sequence-flow",
]);
const MARKS = new Set(["toggle-parallel-mi", "toggle-sequential-mi", "toggle-non-interrupting"]);
const REPEATED = ["bpmn:UserTask", "bpmn:ServiceTask"];
const EVENTS = {
  "bpmn:StartEvent": ["none-start"],
  "bpmn:EndEvent": ["none-end", "terminate-end"],
};

/** The palette: the tools, then what a process is made of. */
class Palette {
  static $inject = ["palette", "create", "elementFactory", "spaceTool", "lassoTool", "handTool", "globalConnect", "translate"];

  constructor(palette, create, elementFactory, spaceTool, lassoTool, handTool, globalConnect, translate) {
    Object.assign(this, { create, elementFactory, spaceTool, lassoTool, handTool, globalConnect, translate });
    palette.registerProvider(this);
  }

  getPaletteEntries() {
    const { translate } = this;
    const tool = (className, title, act) => ({ group: "tools", className, title: translate(title), action: { click: act } });
    const made = (type, group, className, title, options = {}) => {
      const start = (event) => this.create.start(event, this.elementFactory.createShape({ type, ...options }));
      return { group, className, title: translate(title), action: { dragstart: start, click: start } };
    };
    const timer = { eventDefinitionType: "bpmn:TimerEventDefinition" };
    const message = { eventDefinitionType: "bpmn:MessageEventDefinition" };
    return {
      "hand-tool": tool("bpmn-icon-hand-tool", "Activate hand tool", (event) => this.handTool.activateHand(event)),
      "lasso-tool": tool("bpmn-icon-lasso-tool", "Activate lasso tool", (event) => this.lassoTool.activateSelection(event)),
      "space-tool": tool("bpmn-icon-space-tool", "Activate create/remove space tool", (event) => this.spaceTool.activateSelection(event)),
      "global-connect-tool": tool("bpmn-icon-connection-multi", "Activate global connect tool", (event) => this.globalConnect.start(event)),
      "tool-separator": { group: "tools", separator: true },
      "create.user-task": made("bpmn:UserTask", "activity", "bpmn-icon-user-task", "Create user task"),
      "create.service-task": made("bpmn:ServiceTask", "activity", "bpmn-icon-service-task", "Create service task"),
      "create.rule-task": made("bpmn:BusinessRuleTask", "activity", "bpmn-icon-business-rule-task", "Create decision"),
      "create.call-activity": made("bpmn:CallActivity", "activity", "bpmn-icon-call-activity", "Create call activity"),
      "create.exclusive-gateway": made("bpmn:ExclusiveGateway", "gateway", "bpmn-icon-gateway-xor", "Create choice"),
      "create.parallel-gateway": made("bpmn:ParallelGateway", "gateway", "bpmn-icon-gateway-parallel", "Create fork"),
      "create.start-event": made("bpmn:StartEvent", "event", "bpmn-icon-start-event-none", "Create start event"),
      "create.timer": made("bpmn:IntermediateCatchEvent", "event", "bpmn-icon-intermediate-event-catch-timer", "Create timer", timer),
      "create.message": made("bpmn:IntermediateCatchEvent", "event", "bpmn-icon-intermediate-event-catch-message", "Create message", message),
      "create.end-event": made("bpmn:EndEvent", "event", "bpmn-icon-end-event-none", "Create end event"),
      "create.subprocess-expanded": { group: "more", className: "bpmn-icon-subprocess-expanded", title: translate("Create expanded sub-process"), action: { dragstart: (event) => this.subProcess(event), click: (event) => this.subProcess(event) } },
      "create.note": made("bpmn:TextAnnotation", "more", "bpmn-icon-text-annotation", "Create note"),
    };
  }

  subProcess(event) {
    const whole = this.elementFactory.createShape({ type: "bpmn:SubProcess", x: 0, y: 0, isExpanded: true });
    const start = this.elementFactory.createShape({ type: "bpmn:StartEvent", x: 40, y: 82, parent: whole });
    this.create.start(event, [whole, start], { hints: { autoSelect: [whole] } });
  }
}

/** The pad beside an element: bpmn-js' own, with the elements that people mean in place of plain tasks. */
class Pad {
  static $inject = ["contextPad", "elementFactory", "create", "autoPlace", "appendPreview", "translate"];

  constructor(contextPad, elementFactory, create, autoPlace, appendPreview, translate) {
    Object.assign(this, { elementFactory, create, autoPlace, appendPreview, translate });
    contextPad.registerProvider(400, this);
  }

  getContextPadEntries(element) {
    return (entries) => {
      const appends = "append.append-task" in entries;
      for (const name of Object.keys(entries)) if (name.startsWith("append.") && name !== "append.text-annotation") delete entries[name];
      if (!appends) return entries;
      return {
        "append.user-task": this.#append("bpmn:UserTask", "bpmn-icon-user-task", "Append user task"),
        "append.service-task": this.#append("bpmn:ServiceTask", "bpmn-icon-service-task", "Append service task"),
        "append.rule-task": this.#append("bpmn:BusinessRuleTask", "bpmn-icon-business-rule-task", "Append decision"),
        "append.call-activity": this.#append("bpmn:CallActivity", "bpmn-icon-call-activity", "Append call activity"),
        "append.gateway": this.#append("bpmn:ExclusiveGateway", "bpmn-icon-gateway-xor", "Append choice"),
        "append.timer": this.#append("bpmn:IntermediateCatchEvent", "bpmn-icon-intermediate-event-catch-timer", "Append timer", { eventDefinitionType: "bpmn:TimerEventDefinition" }),
        "append.message": this.#append("bpmn:IntermediateCatchEvent", "bpmn-icon-intermediate-event-catch-message", "Append message", { eventDefinitionType: "bpmn:MessageEventDefinition" }),
        "append.end-event": this.#append("bpmn:EndEvent", "bpmn-icon-end-event-none", "Append end event"),
        ...entries,
      };
    };
  }

  #append(type, className, title, options = {}) {
    const shape = () => this.elementFactory.createShape({ type, ...options });
    return {
      group: "model",
      className,
      title: this.translate(title),
      action: {
        click: (_, element) => this.autoPlace.append(element, shape()),
        dragstart: (event, element) => this.create.start(event, shape(), { source: element }),
        hover: (_, element) => {
          this.appendPreview.create(element, type, options);
          return () => this.appendPreview.cleanUp();
        },
      },
    };
  }
}

/** The menu that changes an element into another one. */
class Changes {
  static $inject = ["popupMenu"];

  constructor(popupMenu) {
    popupMenu.registerProvider("bpmn-replace", 400, this);
  }

  getPopupMenuEntries(target) {
    return (entries) => Object.fromEntries(Object.entries(entries).filter(([name]) => allowed(target, name)));
  }

  getPopupMenuHeaderEntries(target) {
    return (entries) => Object.fromEntries(Object.entries(entries).filter(([name]) => MARKS.has(name) && (name === "toggle-non-interrupting" ? is(target, "bpmn:BoundaryEvent") : isAny(target, REPEATED))));
  }
}

function allowed(target, name) {
  if (name === "replace-with-subprocess" || name === "replace-with-expanded-subprocess") return is(target, "bpmn:Task");
  const kinds = EVENTS[target.type];
  if (kinds) return kinds.some((kind) => name === `replace-with-${kind}`);
  if (isAny(target, ["bpmn:IntermediateThrowEvent", "bpmn:IntermediateCatchEvent"]) && /-(start|end)$/.test(name)) return false;
  if (name === "replace-with-default-flow") return is(getBusinessObject(target).sourceRef, "bpmn:ExclusiveGateway");
  return CHANGES.has(name);
}

export const limits = {
  __init__: ["paletteProvider", "cfPad", "cfChanges"],
  paletteProvider: ["type", Palette],
  cfPad: ["type", Pad],
  cfChanges: ["type", Changes],
};
