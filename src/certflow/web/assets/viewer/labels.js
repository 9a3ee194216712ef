// The names beside events, gateways and flows.

export const LABEL_SIZE = 13;
const LABEL_WIDEST = 9 * LABEL_SIZE; // longer labels may break into lines

/** Gives labels the width their words need: files drawn elsewhere often leave room for Latin letters only. */
export function widen(viewer) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `${LABEL_SIZE}px ${getComputedStyle(document.body).fontFamily}`;
  viewer.get("elementRegistry").filter((element) => element.labelTarget).forEach((label) => {
    const lines = (label.businessObject.name ?? "").split("\n");
    const needed = Math.max(...lines.map((line) => pen.measureText(line).width)) + 6;
    const width = Math.max(label.width, Math.min(needed, LABEL_WIDEST));
    label.x -= (width - label.width) / 2;
    label.width = width;
    viewer.get("eventBus").fire("element.changed", { element: label });
  });
}
