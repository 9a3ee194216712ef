// Which groups of properties each kind of element has, and what the kind is called.
import { getBusinessObject, is, isAny } from "bpmn-js/lib/util/ModelUtil";
import { translate } from "../translate.js";
import { words } from "../words.js";
import { choiceGroups, flowGroups } from "./flows.js";
import { laneGroups, processGroups } from "./lanes.js";
import { moreGroup, nameGroup, stageGroup } from "./naming.js";
import { peopleGroups } from "./people.js";
import { repeatGroup } from "./repeating.js";
import { eventDefinition } from "./properties.js";
import { eventGroups } from "./timing.js";
import { callGroups, decisionGroups, operationGroups, scriptGroups } from "./work.js";

const ICONS = {
  "bpmn:UserTask": "user-task",
  "bpmn:ServiceTask": "service-task",
  "bpmn:BusinessRuleTask": "business-rule-task",
  "bpmn:CallActivity": "call-activity",
  "bpmn:ScriptTask": "script-task",
  "bpmn:ReceiveTask": "receive-task",
  "bpmn:ExclusiveGateway": "gateway-xor",
  "bpmn:ParallelGateway": "gateway-parallel",
  "bpmn:StartEvent": "start-event-none",
  "bpmn:EndEvent": "end-event-none",
  "bpmn:SubProcess": "subprocess-expanded",
  "bpmn:SequenceFlow": "connection",
  "bpmn:Lane": "lane",
  "bpmn:Participant": "participant",
  "bpmn:TextAnnotation": "text-annotation",
};
const KINDS = {
  "bpmn:UserTask": "User task",
  "bpmn:ServiceTask": "Service task",
  "bpmn:BusinessRuleTask": "Business rule task",
  "bpmn:CallActivity": "Call activity",
  "bpmn:ScriptTask": "Script task",
  "bpmn:ReceiveTask": "Receive task",
  "bpmn:ExclusiveGateway": "Exclusive gateway",
  "bpmn:ParallelGateway": "Parallel gateway",
  "bpmn:StartEvent": "Start event",
  "bpmn:EndEvent": "End event",
  "bpmn:SubProcess": "Sub-process",
  "bpmn:TextAnnotation": "Create note",
};

export function kindOf(element) {
  if (isAny(element, ["bpmn:Participant", "bpmn:Process", "bpmn:Collaboration"])) return words("the_process");
  if (is(element, "bpmn:Lane")) return words("lane");
  if (is(element, "bpmn:SequenceFlow")) return words("flow");
  if (is(element, "bpmn:EndEvent") && eventDefinition(element, "bpmn:TerminateEventDefinition")) return translate("Terminate end event");
  if (is(element, "bpmn:BoundaryEvent")) {
    const what = eventDefinition(element, "bpmn:TimerEventDefinition") ? "Timer" : "Message";
    return translate(`${what} boundary event${getBusinessObject(element).cancelActivity === false ? " (non-interrupting)" : ""}`);
  }
  if (is(element, "bpmn:IntermediateCatchEvent")) return translate(eventDefinition(element, "bpmn:TimerEventDefinition") ? "Timer intermediate catch event" : "Message intermediate catch event");
  if (is(element, "bpmn:IntermediateThrowEvent")) return translate("Intermediate throw event");
  const known = KINDS[element.type];
  return known ? translate(known) : words("other_kind");
}

export function iconOf(element) {
  const timer = isAny(element, ["bpmn:IntermediateCatchEvent", "bpmn:BoundaryEvent"]);
  const name = timer ? `intermediate-event-catch-${eventDefinition(element, "bpmn:TimerEventDefinition") ? "timer" : "message"}` : ICONS[element.type] ?? "task";
  return `<i class="bpmn-icon-${name}" aria-hidden="true"></i>`;
}

/** The groups of an element: [{key, title, fields, open?}]. */
export function groupsOf(element, panel) {
  if (isAny(element, ["bpmn:Participant", "bpmn:Process", "bpmn:Collaboration"])) return processGroups(element, panel);
  if (is(element, "bpmn:Lane")) return laneGroups(element, panel);
  const own = [nameGroup(element, panel)];
  if (is(element, "bpmn:UserTask")) own.push(...peopleGroups(element, panel));
  if (is(element, "bpmn:ServiceTask")) own.push(...operationGroups(element, panel));
  if (is(element, "bpmn:BusinessRuleTask")) own.push(...decisionGroups(element, panel));
  if (is(element, "bpmn:CallActivity")) own.push(...callGroups(element, panel));
  if (is(element, "bpmn:ScriptTask")) own.push(...scriptGroups(element, panel));
  if (is(element, "bpmn:SequenceFlow")) own.push(...flowGroups(element, panel));
  if (is(element, "bpmn:ExclusiveGateway")) own.push(...choiceGroups(element, panel));
  if (isAny(element, ["bpmn:Event", "bpmn:ReceiveTask"])) own.push(...eventGroups(element, panel));
  if (isAny(element, ["bpmn:UserTask", "bpmn:ServiceTask"])) own.push(repeatGroup(element, panel));
  own.push(stageGroup(element, panel), moreGroup(element, panel));
  return own.filter(Boolean);
}
