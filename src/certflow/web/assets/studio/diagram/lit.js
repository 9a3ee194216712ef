// What stands in the way of publishing, lit on the elements.
import { escaped, icon } from "../../scripts/page.js";
import { findings } from "../findings.js";

const MARKS = { error: "cf-wrong", warning: "cf-doubtful" };

/** Marks the elements of findings; `shown(list)` is told which ones there are. */
export function lightUp(modeler, { select, shown }) {
  let marked = [];
  let list = [];
  const unmark = () => {
    const [canvas, overlays, registry] = ["canvas", "overlays", "elementRegistry"].map((name) => modeler.get(name));
    for (const [id, mark] of marked) if (registry.get(id)) canvas.removeMarker(id, mark);
    overlays.remove({ type: "cf-finding" });
    marked = [];
  };
  const mark = () => {
    const [canvas, overlays, registry] = ["canvas", "overlays", "elementRegistry"].map((name) => modeler.get(name));
    unmark();
    const worst = new Map();
    for (const one of list) if (registry.get(one.place) && worst.get(one.place)?.severity !== "error") worst.set(one.place, one);
    for (const [id, one] of worst) {
      const element = registry.get(id);
      canvas.addMarker(id, MARKS[one.severity]);
      marked.push([id, MARKS[one.severity]]);
      if (element.waypoints) continue;
      const html = `<span class="cf-flag cf-flag--${one.severity}" title="${escaped(one.message)}">${icon(one.severity === "error" ? "alert-circle" : "alert-triangle")}</span>`;
      overlays.add(id, "cf-finding", { position: { top: -12, left: -12 }, html, show: { minZoom: 0.25 } });
    }
    shown(list);
  };
  findings.subscribe((all) => {
    list = all.filter((one) => one.part === "bpmn" || (one.part === "service" && modeler.get("elementRegistry").get(elementOf(one))));
    list = list.map((one) => (one.part === "bpmn" ? one : { ...one, place: elementOf(one) }));
    mark();
  });
  findings.onLight((one) => {
    const id = one.part === "bpmn" ? one.place : elementOf(one);
    if (!["bpmn", "service"].includes(one.part) || (id && !modeler.get("elementRegistry").get(id))) return false;
    if (one.part === "service" && !id) return false;
    if (id) select(id);
    return true;
  });
  return {
    again: mark,
    /** Those of an element; of the whole process also what stands at no element. */
    of: (id, whole) => list.filter((one) => one.place === id || (whole && !modeler.get("elementRegistry").get(one.place))),
  };
}

/** The element of a place in the settings: "stages.review.name" -> review. */
function elementOf(one) {
  if (one.part !== "service") return one.place;
  const found = /^(?:names|stages|outcomes|lanes)[./](?<id>[\w-]+)/.exec(one.place ?? "");
  return found?.groups.id ?? "";
}
