// Two diagrams compared: side by side, moving together, or in one picture with what is gone drawn in.
// [data-difference] carries the addresses of both, and how each element changed (data-marks).
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "./difference.css";
import { escaped, icon } from "../../scripts/page.js";
import { LABEL_SIZE, widen } from "../../viewer/labels.js";

const SIGNS = { added: "plus", removed: "minus", changed: "pencil", moved: "arrows-exchange" };
const SVG = "http://www.w3.org/2000/svg";
const SMALLEST = 0.5;
const STEP = 60;

/** Our colours, from the style sheet. */
function palette(container) {
  const style = getComputedStyle(container);
  const colour = (name) => style.getPropertyValue(name).trim();
  return {
    added: [colour("--pine"), colour("--pine-tint")],
    removed: [colour("--cinnabar"), colour("--cinnabar-tint")],
    changed: [colour("--ochre-bar"), colour("--ochre-tint")],
    moved: [colour("--azur"), colour("--azur-tint")],
  };
}

function viewerIn(container) {
  const style = getComputedStyle(document.body);
  const text = { fontFamily: style.fontFamily, fontSize: 14, lineHeight: 1.3 };
  return new NavigatedViewer({
    container,
    bpmnRenderer: { defaultFillColor: "#ffffff", defaultStrokeColor: "#848b95", defaultLabelColor: "#46505f" },
    textRenderer: { defaultStyle: text, externalStyle: { ...text, fontSize: LABEL_SIZE } },
    zoomScroll: { enabled: false },
  });
}

/** Writes the reader's language into the drawn names. */
function rename(viewer, names) {
  const registry = viewer.get("elementRegistry");
  for (const [id, name] of Object.entries(names)) {
    const element = registry.get(id);
    if (!element || !name) continue;
    element.businessObject.name = name;
    for (const shape of [element, ...(element.labels ?? [])]) viewer.get("eventBus").fire("element.changed", { element: shape });
  }
}

/** Colours an element and pins its sign on it: colour never speaks alone. */
function mark(viewer, id, kind, colours, words) {
  const element = viewer.get("elementRegistry").get(id);
  if (!element) return;
  const [stroke, fill] = colours[kind];
  element.di.set("color:border-color", stroke);
  const flat = element.waypoints || /(Participant|Lane)$/.test(element.type);
  if (!flat) element.di.set("color:background-color", fill);
  viewer.get("eventBus").fire("element.changed", { element });
  viewer.get("canvas").addMarker(id, `cf-differs-${kind}`);
  const middle = element.waypoints?.[Math.floor((element.waypoints.length - 1) / 2)];
  const next = element.waypoints?.[Math.floor((element.waypoints.length - 1) / 2) + 1];
  const position = middle
    ? { left: (middle.x + next.x) / 2 - element.x - 11, top: (middle.y + next.y) / 2 - element.y - 11 }
    : { top: -11, right: 11 };
  const html = `<span class="cf-differs cf-differs--${kind}" title="${escaped(words[kind])}">${icon(SIGNS[kind], words[kind])}</span>`;
  viewer.get("overlays").add(id, { position, html });
}

/** Draws into `after` what only `before` has, as ghosts below its own elements. */
function ghosts(before, after, gone) {
  const layer = after.get("canvas").getLayer("cf-gone", -1);
  const defs = before.get("canvas").getContainer().querySelector("svg defs");
  if (defs) layer.append(defs.cloneNode(true)); // arrow heads
  for (const id of gone) {
    const element = before.get("elementRegistry").get(id);
    for (const one of element ? [element, ...(element.labels ?? [])] : []) {
      const drawn = before.get("elementRegistry").getGraphics(one)?.querySelector(".djs-visual");
      if (!drawn) continue;
      const group = document.createElementNS(SVG, "g");
      group.setAttribute("class", "cf-differs-removed");
      if (!one.waypoints) group.setAttribute("transform", `translate(${one.x} ${one.y})`);
      group.append(drawn.cloneNode(true));
      layer.append(group);
    }
  }
}

/** Pins the sign of what is gone where it stood. */
function ghostSigns(before, after, gone, words) {
  const overlays = after.get("overlays");
  const root = after.get("canvas").getRootElement();
  for (const id of gone) {
    const element = before.get("elementRegistry").get(id);
    if (!element) continue;
    const way = element.waypoints;
    const half = way ? Math.floor((way.length - 1) / 2) : 0;
    const x = way ? (way[half].x + way[half + 1].x) / 2 : element.x + element.width;
    const y = way ? (way[half].y + way[half + 1].y) / 2 : element.y;
    const html = `<span class="cf-differs cf-differs--removed" title="${escaped(words.removed)}">${icon("minus", words.removed)}</span>`;
    overlays.add(root, "cf-gone", { position: { left: x - 11, top: y - 11 }, html });
  }
}

/** Whatever one viewer shows, the other shows too. */
function together(one, other) {
  let busy = false;
  const follow = (from, to) =>
    from.on("canvas.viewbox.changed", () => {
      if (busy) return;
      busy = true;
      const { x, y, scale } = from.get("canvas").viewbox();
      const { outer } = to.get("canvas").viewbox();
      if (outer.width && outer.height) to.get("canvas").viewbox({ x, y, width: outer.width / scale, height: outer.height / scale });
      busy = false;
    });
  follow(one, other);
  follow(other, one);
}

/** Shows all of it, but never so small that names cannot be read. */
function fit(canvas) {
  canvas.resized();
  const { inner, outer } = canvas.viewbox();
  if (!outer.width || !inner.width) return;
  const whole = Math.min(1, (outer.width - 32) / inner.width, (outer.height - 32) / inner.height);
  const scale = Math.max(SMALLEST, whole);
  const [width, height] = [outer.width / scale, outer.height / scale];
  const x = inner.width <= width ? inner.x - (width - inner.width) / 2 : inner.x - 16;
  const y = inner.height <= height ? inner.y - (height - inner.height) / 2 : inner.y - 16;
  canvas.viewbox({ x, y, width, height });
}

/** Brings an element into the middle, in whichever diagram has it. */
function show(viewers, id) {
  const found = [viewers.after, viewers.before].map((viewer) => viewer.get("elementRegistry").get(id)).find(Boolean);
  if (!found) return;
  const way = found.waypoints;
  const middle = way ? way[Math.floor(way.length / 2)] : { x: found.x + found.width / 2, y: found.y + found.height / 2 };
  const canvas = viewers.after.get("canvas");
  const { outer } = canvas.viewbox();
  const [width, height] = [outer.width, outer.height];
  canvas.viewbox({ x: middle.x - width / 2, y: middle.y - height / 2, width, height });
  for (const viewer of [viewers.after, viewers.before]) {
    viewer.get("elementRegistry").filter((one) => viewer.get("canvas").hasMarker(one, "cf-lit")).forEach((one) => viewer.get("canvas").removeMarker(one, "cf-lit"));
    if (viewer.get("elementRegistry").get(id)) viewer.get("canvas").addMarker(id, "cf-lit");
  }
}

function controls(section, viewers) {
  const canvas = viewers.after.get("canvas");
  const views = section.querySelector("[data-views]");
  section.querySelectorAll("[data-view]").forEach((button) => {
    button.addEventListener("click", () => {
      views.dataset.views = button.dataset.view;
      section.querySelectorAll("[data-view]").forEach((one) => one.setAttribute("aria-pressed", one === button));
      for (const viewer of Object.values(viewers)) viewer.get("canvas").resized();
      fit(canvas);
    });
  });
  section.querySelectorAll("[data-zoom]").forEach((button) => {
    const step = Number(button.dataset.zoom);
    button.addEventListener("click", () => (step ? viewers.after.get("zoomScroll").stepZoom(step) : fit(canvas)));
  });
  const keys = { ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };
  section.addEventListener("keydown", (event) => {
    if (!event.target.closest(".cf-difference__canvas") || !keys[event.key]) return;
    event.preventDefault();
    const [dx, dy] = keys[event.key];
    canvas.scroll({ dx, dy });
  });
  document.querySelectorAll("[data-place]").forEach((row) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "cf-text-button cf-difference__show";
    button.innerHTML = icon("current-location", "");
    button.append(` ${section.dataset.show ?? ""}`);
    button.addEventListener("click", () => {
      section.scrollIntoView({ block: "start" });
      show(viewers, row.dataset.place);
    });
    row.append(button);
  });
  addEventListener("resize", () => fit(canvas));
}

async function open(container, url, names) {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`the diagram answered ${answer.status}`);
  const viewer = viewerIn(container);
  await viewer.importXML(await answer.text());
  rename(viewer, names ?? {});
  widen(viewer);
  return viewer;
}

async function start(section) {
  const { before: oldUrl, after: newUrl } = section.dataset;
  const [marks, words, names] = ["marks", "words", "names"].map((name) => JSON.parse(section.dataset[name]));
  const place = (side) => section.querySelector(`[data-side="${side}"] .cf-difference__canvas`);
  try {
    const viewers = { before: await open(place("before"), oldUrl, names.before), after: await open(place("after"), newUrl, names.after) };
    const colours = palette(section);
    for (const [id, kind] of Object.entries(marks)) {
      if (kind !== "added") mark(viewers.before, id, kind, colours, words);
      if (kind !== "removed") mark(viewers.after, id, kind, colours, words);
    }
    const gone = Object.keys(marks).filter((id) => marks[id] === "removed");
    ghosts(viewers.before, viewers.after, gone);
    ghostSigns(viewers.before, viewers.after, gone, words);
    together(viewers.before, viewers.after);
    controls(section, viewers);
    fit(viewers.after.get("canvas"));
    section.dataset.drawn = "";
  } catch (error) {
    console.warn(error);
    const failed = section.querySelector(".cf-difference__failed");
    failed.hidden = false;
    failed.textContent = words.failed;
  }
}

document.querySelectorAll("[data-difference]").forEach(start);
