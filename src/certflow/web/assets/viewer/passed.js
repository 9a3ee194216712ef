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

/** How many flows each element lies behind the start: the way back of a loop leads to a smaller number. */
function distances(starts) {
  const found = new Map(starts.map((element) => [element, 0]));
  const queue = [...starts];
  while (queue.length) {
    const element = queue.shift();
    for (const { target } of outgoing(element)) {
      if (found.has(target)) continue;
      found.set(target, found.get(element) + 1);
      queue.push(target);
    }
  }
  return found;
}

/** True but for the flows of an event on a border that never happened. */
function happened(flow, reached) {
  return flow.source.type !== "bpmn:BoundaryEvent" || reached.has(flow.source.id);
}

/** Every way from `element` to the next element that was reached, as lists of flows. */
function waysFrom(element, reached, way = []) {
  return outgoing(element).filter((flow) => happened(flow, reached)).flatMap((flow) => {
    const here = [...way, flow];
    if (reached.has(flow.target.id)) return [here];
    const goesOn = isWay(flow.target) && !way.includes(flow) && here.length < LONGEST_WAY;
    return goesOn ? waysFrom(flow.target, reached, here) : [];
  });
}

/**
 * @param registry bpmn-js' elementRegistry
 * @param given ids that the server says are done
 * @param present ids of the elements where the case stands
 * @param {string[]} [walked] ids of the flows taken, where the server knows them
 * @returns {{done: Set<string>, flows: Set<string>}} all ids passed, and the flows walked
 */
export function passedBetween(registry, given, present, walked) {
  const done = new Set([...given].filter((id) => registry.get(id)));
  if (walked) return { done, flows: new Set(walked.filter((id) => registry.get(id))) };
  const flows = new Set();
  const starts = registry.filter((element) => element.type === "bpmn:StartEvent");
  const far = distances(starts);
  const reached = new Set([...given, ...present]);
  for (const element of new Set([...starts, ...[...done].map((id) => registry.get(id))])) {
    for (const way of waysFrom(element, reached)) {
      const target = way.at(-1).target;
      if (!present.has(target.id) && far.get(target) <= far.get(element)) continue;
      for (const flow of way) {
        flows.add(flow.id);
        if (flow.source.type !== "bpmn:BoundaryEvent" && !present.has(flow.source.id)) done.add(flow.source.id);
      }
    }
  }
  return { done, flows };
}
