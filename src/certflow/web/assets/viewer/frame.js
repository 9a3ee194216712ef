// The frame round the diagram: fit, zoom buttons, keys, full screen, the phone's link.
import { icon, words } from "../scripts/page.js";

const SMALLEST = 0.55; // below this the names can no longer be read: rather scroll than shrink
const MARGIN = 16;
const STEP = 60;

/** Fits the drawing; a wide one keeps a readable size and shows the present element. */
function fit(viewer, container, present) {
  const canvas = viewer.get("canvas");
  canvas.resized();
  const box = canvas.viewbox();
  if (!box.outer.width || !box.inner.width) return; // not shown just now
  const scale = Math.min(1, (box.outer.width - 2 * MARGIN) / box.inner.width);
  const readable = Math.max(scale, SMALLEST);
  if (!container.closest(":fullscreen") && innerWidth > 767) {
    const height = Math.min(760, Math.max(240, box.inner.height * readable + 56));
    container.style.setProperty("--height", `${Math.round(height)}px`);
    canvas.resized();
  }
  const outer = canvas.viewbox().outer;
  const width = outer.width / readable;
  const height = outer.height / readable;
  const inner = box.inner;
  const element = viewer.get("elementRegistry").get(present[0]);
  const middle = element ? { x: element.x + element.width / 2, y: element.y + element.height / 2 } : { x: 0, y: 0 };
  canvas.viewbox({
    x: edge(inner.x, inner.width, width, middle.x),
    y: edge(inner.y, inner.height, height, middle.y),
    width,
    height,
  });
}

/** Where the view begins on one axis: centred when all fits, else round the middle, within bounds. */
function edge(start, length, view, middle) {
  if (length <= view) return start - (view - length) / 2;
  return Math.min(Math.max(middle - view / 2, start - MARGIN), start + length - view + MARGIN);
}

/** The three buttons; they stand at the top, the bpmn.io mark keeps its corner. */
function zoomButtons(act) {
  const bar = document.createElement("div");
  bar.className = "cf-diagram__zoom";
  for (const [name, step, label] of [["minus", -1, "zoom_out"], ["plus", 1, "zoom_in"], ["zoom-reset", 0, "zoom_fit"]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.title = words(label);
    button.innerHTML = icon(name, words(label));
    button.addEventListener("click", () => act(step));
    bar.append(button);
  }
  return bar;
}

/** Wires the frame once the diagram is drawn. */
export function frame(viewer, container, present) {
  const canvas = viewer.get("canvas");
  const card = container.closest("[data-diagram-card]");
  const act = (step) => (step ? viewer.get("zoomScroll").stepZoom(step) : fit(viewer, container, present));
  const keys = {
    ArrowLeft: () => canvas.scroll({ dx: STEP, dy: 0 }),
    ArrowRight: () => canvas.scroll({ dx: -STEP, dy: 0 }),
    ArrowUp: () => canvas.scroll({ dx: 0, dy: STEP }),
    ArrowDown: () => canvas.scroll({ dx: 0, dy: -STEP }),
    "+": () => act(1),
    "=": () => act(1),
    "-": () => act(-1),
    0: () => act(0),
  };
  container.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  const head = innerWidth > 767 && card?.querySelector(".cf-legend");
  (head || container).append(zoomButtons(act));
  container.dataset.drawn = "";

  const full = card?.querySelector("[data-fullscreen]");
  if (full && document.fullscreenEnabled) {
    full.hidden = false;
    full.addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : card.requestFullscreen()));
    document.addEventListener("fullscreenchange", () => {
      viewer.get("zoomScroll").toggle(Boolean(document.fullscreenElement));
      setTimeout(() => fit(viewer, container, present), 60);
    });
  }
  addEventListener("resize", () => fit(viewer, container, present));
  fit(viewer, container, present);
}
