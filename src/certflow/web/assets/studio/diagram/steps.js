// The steps that the applicant sees on top of a form, and which of them a stage belongs to.
import { getBusinessObject } from "bpmn-js/lib/util/ModelUtil";

const listed = (value) => (Array.isArray(value) ? value : []);

/** The number of the step that an element is in, -1 for none. */
export const inStep = (content, id) => listed(content.steps).findIndex((one) => listed(one?.elements).includes(id));

/** What comes before or after an element, nearest first. */
function around(element, towards) {
  const seen = new Set([element]);
  const found = [];
  for (let queue = [element]; queue.length;) {
    const next = queue.shift();
    for (const flow of listed(next[towards === "before" ? "incoming" : "outgoing"])) {
      const other = flow[towards === "before" ? "source" : "target"];
      if (!other || seen.has(other)) continue;
      seen.add(other);
      found.push(other);
      queue.push(other);
    }
  }
  return found;
}

/**
 * The content with a new stage in a step: that of the nearest one on its side, the applicant's or the
 * others'; else the first of the applicant's steps, or the last of all.
 */
export function withStep(content, element, registry) {
  const steps = listed(content.steps);
  if (!steps.length || inStep(content, element.id) >= 0) return content;
  const lane = registry.get("applicant");
  const theirs = new Set(lane ? getBusinessObject(lane).get("flowNodeRef").map((one) => one.id) : []);
  const beside = [...around(element, "before"), ...around(element, "after")].filter((one) => theirs.has(one.id) === theirs.has(element.id));
  const near = beside.map((one) => inStep(content, one.id)).find((number) => number >= 0);
  const first = Math.max(0, steps.findIndex((one) => listed(one?.elements).length));
  const chosen = near ?? (theirs.has(element.id) ? first : steps.length - 1);
  return { ...content, steps: steps.map((one, number) => (number === chosen ? { ...one, elements: [...listed(one.elements), element.id] } : one)) };
}
