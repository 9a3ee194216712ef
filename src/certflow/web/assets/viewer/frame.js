// The frame round the diagram: its size, zoom buttons, keys, full screen, the phone's link.
import { icon, words } from "../scripts/page.js";

const SMALLEST = 0.84; // below this the names can no longer be read: rather scroll than shrink
const LOWEST = 240;
const MARGIN = 16;
const STEP = 60;
const BELOW_HEAD = 240; // so much of the window stays for the page's bar and the card's head

/** A drawing wider than its column gets the window's width, and a height that leaves the page in sight. */
function room(canvas, container) {
  const card = container.closest("[data-diagram-card]");
  if (document.fullscreenElement === card || innerWidth <= 767) return;
  const inner = canvas.viewbox().inner;
  card?.toggleAttribute("data-wide", inner.width * SMALLEST > (card.parentElement?.clientWidth ?? Infinity));
  canvas.resized();
  const scale = Math.max(SMALLEST, Math.min(1, (canvas.viewbox().outer.width - 2 * MARGIN) / inner.width));
  const highest = Math.max(420, innerHeight - BELOW_HEAD);
  const height = Math.min(highest, Math.max(LOWEST, inner.height * scale + 2 * MARGIN));
  container.style.setProperty("--height", `${Math.round(height)}px`);
  canvas.resized();
}

/** Shows all of it, or, where that would be too small to read, the part round the present element. */
function fit(viewer, container, present, whole = false) {
  const canvas = viewer.get("canvas");
  canvas.resized();
  const { outer: shown, inner } = canvas.viewbox();
  if (!shown.width || !inner.width) return; // not shown just now
  room(canvas, container);
  const { outer } = canvas.viewbox();
  const across = (outer.width - 2 * MARGIN) / inner.width;
  const down = (outer.height - 2 * MARGIN) / inner.height;
  const scale = whole ? Math.min(1, across, down) : Math.max(SMALLEST, Math.min(1, across));
  const width = outer.width / scale;
  const height = outer.height / scale;
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

/** Shades the sides behind which the drawing goes on. */
function hint(canvas, container) {
  const { x, y, width, height, inner } = canvas.viewbox();
  const more = {
    left: inner.x < x - 2,
    right: inner.x + inner.width > x + width + 2,
    top: inner.y < y - 2,
    bottom: inner.y + inner.height > y + height + 2,
  };
  container.dataset.more = Object.keys(more).filter((side) => more[side]).join(" ");
}

/** The lanes' names stay at the left edge when their own are out of sight. */
function laneNames(viewer, container) {
  const canvas = viewer.get("canvas");
  const holder = document.createElement("div");
  holder.className = "cf-diagram__lanes";
  holder.setAttribute("aria-hidden", "true");
  const lanes = viewer.get("elementRegistry").filter((one) => one.type === "bpmn:Lane" && one.businessObject.name);
  const names = lanes.map((lane) => {
    const name = Object.assign(document.createElement("span"), { textContent: lane.businessObject.name });
    holder.append(name);
    return name;
  });
  container.append(holder);
  const left = Math.min(...lanes.map((lane) => lane.x));
  return () => {
    const { x, y, scale } = canvas.viewbox();
    holder.hidden = !lanes.length || x <= left;
    names.forEach((name, index) => {
      name.style.top = `${(lanes[index].y - y) * scale}px`;
      name.style.height = `${lanes[index].height * scale}px`;
    });
  };
}

/** The buttons; they stand at the top, the bpmn.io mark keeps its corner. */
function buttons(actions) {
  const bar = document.createElement("div");
  bar.className = "cf-diagram__zoom";
  for (const [name, label, act] of actions) {
    const button = document.createElement("button");
    button.type = "button";
    button.title = words(label);
    button.innerHTML = icon(name, words(label));
    button.addEventListener("click", act);
    bar.append(button);
  }
  return bar;
}

/** Wires the frame once the diagram is drawn. */
export function frame(viewer, container, present) {
  const canvas = viewer.get("canvas");
  const card = container.closest("[data-diagram-card]");
  const show = (whole) => fit(viewer, container, present, whole);
  const zoom = (step) => viewer.get("zoomScroll").stepZoom(step);
  const keys = {
    ArrowLeft: () => canvas.scroll({ dx: STEP, dy: 0 }),
    ArrowRight: () => canvas.scroll({ dx: -STEP, dy: 0 }),
    ArrowUp: () => canvas.scroll({ dx: 0, dy: STEP }),
    ArrowDown: () => canvas.scroll({ dx: 0, dy: -STEP }),
    "+": () => zoom(1),
    "=": () => zoom(1),
    "-": () => zoom(-1),
    0: () => show(true),
    Home: () => show(false),
  };
  container.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  const head = innerWidth > 767 && card?.querySelector(".cf-legend");
  (head || container).append(
    buttons([
      ["minus", "zoom_out", () => zoom(-1)],
      ["plus", "zoom_in", () => zoom(1)],
      ["zoom-reset", "zoom_fit", () => show(true)],
      ["current-location", "zoom_present", () => show(false)],
    ]),
  );
  const placeNames = laneNames(viewer, container);
  const follow = () => {
    hint(canvas, container);
    placeNames();
  };
  viewer.on("canvas.viewbox.changed", follow);
  container.dataset.drawn = "";

  const full = card?.querySelector("[data-fullscreen]");
  if (full && document.fullscreenEnabled) {
    full.hidden = false;
    full.addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : card.requestFullscreen()));
    document.addEventListener("fullscreenchange", () => {
      viewer.get("zoomScroll").toggle(Boolean(document.fullscreenElement));
      setTimeout(() => show(Boolean(document.fullscreenElement)), 60);
    });
  }
  addEventListener("resize", () => show(Boolean(document.fullscreenElement)));
  show(false);
  follow();
}
