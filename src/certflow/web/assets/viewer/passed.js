// What the case has passed. The server names the tasks; gateways and events between two tasks that
// were reached one after the other were passed as well, and so were the flows.

const LONGEST_WAY = 6;

/** True for elements a case only walks through: gateways, events, tasks without people. */
function isWay(element) {
  return /(Gateway|Event|ServiceTask|ScriptTask|BusinessRuleTask)$/.test(element.type);
}

function outgoing(element) {
  const attached = element.attachers ?? [];
  return [element, ...attached].flatMap((each) => each.outgoing ?? []).filter((flow) => flow.type === "bpmn:SequenceFlow");
}

/**
 * @param registry bpmn-js' elementRegistry
 * @param given ids that the server says are done
 * @param present ids of the elements where the case stands
 * @returns {{done: Set<string>, flows: Set<string>}} all ids passed, and the flows walked
 */
export function passedBetween(registry, given, present) {
  const done = new Set([...given].filter((id) => registry.get(id)));
  const flows = new Set();

  const walk = (element, way) => {
    for (const flow of outgoing(element)) {
      const target = flow.target;
      if (way.includes(flow)) continue;
      const here = [...way, flow];
      if (given.has(target.id) || present.has(target.id)) {
        for (const each of here) {
          flows.add(each.id);
          if (each.source.type !== "bpmn:BoundaryEvent" && !present.has(each.source.id)) done.add(each.source.id);
        }
      } else if (isWay(target) && here.length < LONGEST_WAY) walk(target, here);
    }
  };

  const starts = registry.filter((element) => element.type === "bpmn:StartEvent");
  for (const element of [...starts, ...[...given].map((id) => registry.get(id))]) {
    if (element) walk(element, []);
  }
  return { done, flows };
}
