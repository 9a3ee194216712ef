// Lets the mark of where a case rests be dragged to another step; dropping it shows the preview.
const container = document.querySelector("[data-moves]");
const moves = container ? JSON.parse(container.dataset.moves) : null;

/** The id of the step under the pointer, "" where none is that the case can go to. */
function stepAt(event) {
  const under = document.elementsFromPoint(event.clientX, event.clientY);
  const ids = under.map((one) => one.closest("[data-element-id]")?.dataset.elementId);
  return ids.find((id) => moves.goals.includes(id)) ?? "";
}

/** Opens the preview of moving a token to a step. */
function preview(token, to) {
  const address = new URL(location.href);
  address.searchParams.set("token", token);
  address.searchParams.set("to", to);
  address.hash = "moving";
  location.assign(address);
}

/** Makes a handle follow the pointer; the steps it may be dropped on are lit meanwhile. */
function draggable(handle, token, canvas) {
  let lit = "";
  const light = (id) => {
    if (lit) canvas.removeMarker(lit, "cf-drop-step--over");
    if (id) canvas.addMarker(id, "cf-drop-step--over");
    lit = id;
  };
  handle.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    event.stopPropagation();
    handle.setPointerCapture(event.pointerId);
    const from = { x: event.clientX, y: event.clientY };
    moves.goals.forEach((id) => canvas.addMarker(id, "cf-drop-step"));
    const follow = (move) => {
      handle.style.transform = `translate(${move.clientX - from.x}px, ${move.clientY - from.y}px)`;
      light(stepAt(move));
    };
    const drop = (up) => {
      handle.removeEventListener("pointermove", follow);
      handle.style.transform = "";
      moves.goals.forEach((id) => canvas.removeMarker(id, "cf-drop-step"));
      light("");
      const to = up.type === "pointerup" ? stepAt(up) : "";
      if (to) preview(token, to);
    };
    handle.addEventListener("pointermove", follow);
    handle.addEventListener("pointerup", drop, { once: true });
    handle.addEventListener("pointercancel", drop, { once: true });
  });
}

container?.querySelector("[data-diagram]").addEventListener("drawn", ({ detail: viewer }) => {
  for (const [element, token] of Object.entries(moves.present)) {
    if (!viewer.get("elementRegistry").get(element)) continue;
    const handle = Object.assign(document.createElement("span"), { className: "cf-token", title: container.dataset.hint });
    viewer.get("overlays").add(element, { position: { top: -12, left: -12 }, html: handle });
    draggable(handle, token, viewer.get("canvas"));
  }
});
