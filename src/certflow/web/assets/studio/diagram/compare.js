// Two versions of a diagram side by side; what only one of them has is lit.
import { fit, viewerIn, widen } from "./modeler.js";

/** Draws one version in the dialog that compares; returns what takes it away again. */
export async function drawVersion(place, xml, other) {
  const viewer = viewerIn(place, {}, { small: true });
  try {
    await viewer.importXML(xml);
  } catch {
    viewer.destroy();
    place.textContent = xml;
    return () => place.replaceChildren();
  }
  widen(viewer);
  fit(viewer);
  const theirs = await elementsOf(viewer, other);
  const mine = await elementsOf(viewer, xml);
  const canvas = viewer.get("canvas");
  for (const [id, text] of mine) if (theirs.get(id) !== text && viewer.get("elementRegistry").get(id)) canvas.addMarker(id, "cf-differs");
  return () => viewer.destroy();
}

/** Each element's own words, by id. */
async function elementsOf(viewer, xml) {
  const found = new Map();
  try {
    const { elementsById } = await viewer.get("moddle").fromXML(xml);
    for (const [id, one] of Object.entries(elementsById)) {
      if (one.$type.startsWith("bpmndi:")) {
        if (one.bpmnElement) found.set(one.bpmnElement.id, `${found.get(one.bpmnElement.id) ?? ""} ${JSON.stringify([one.bounds, one.waypoint])}`);
      } else if (one.$instanceOf("bpmn:FlowElement") || one.$instanceOf("bpmn:Artifact")) {
        const ends = [one.sourceRef?.id, one.targetRef?.id, one.default?.id, one.attachedToRef?.id];
        found.set(id, `${found.get(id) ?? ""} ${JSON.stringify([one, ends])}`);
      }
    }
  } catch {
    // a version that cannot be read has nothing in common with the other
  }
  return found;
}
