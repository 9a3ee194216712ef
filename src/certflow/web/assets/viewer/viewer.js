// Draws [data-diagram]: the process with what is done, where the case stands and what comes.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "./viewer.css";
import { icon, words } from "../scripts/page.js";
import { frame } from "./frame.js";
import { LABEL_SIZE, widen } from "./labels.js";
import { passedBetween } from "./passed.js";

const GREY = "#848b95";
const INK2 = "#46505f";

/** A viewer in the frame, with our face and the future's grey as the default. */
function viewerIn(container) {
  const style = getComputedStyle(document.body);
  const text = { fontFamily: style.fontFamily, fontSize: 14, lineHeight: 1.3 };
  return new NavigatedViewer({
    container,
    bpmnRenderer: { defaultFillColor: "#ffffff", defaultStrokeColor: GREY, defaultLabelColor: INK2 },
    textRenderer: { defaultStyle: text, externalStyle: { ...text, fontSize: LABEL_SIZE } },
    zoomScroll: { enabled: false },
  });
}

/** Writes the reader's language and a second line ("第 1/2 次") into the drawn names. */
function rename(viewer, state) {
  const registry = viewer.get("elementRegistry");
  const changed = new Set([...Object.keys(state.names ?? {}), ...Object.keys(state.labels ?? {})]);
  for (const id of changed) {
    const element = registry.get(id);
    if (!element) continue;
    const name = state.names?.[id] ?? element.businessObject.name ?? "";
    const label = state.labels?.[id];
    element.businessObject.name = label ? `${name}\n${label}` : name;
    for (const shape of [element, ...(element.labels ?? [])]) {
      viewer.get("eventBus").fire("element.changed", { element: shape });
    }
  }
}

/** A soft ring behind the present element. */
function halo(viewer, element) {
  const ring = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const round = element.type.endsWith("Event") ? element.width : 16;
  const box = { x: -7, y: -7, width: element.width + 14, height: element.height + 14, rx: round };
  for (const [name, value] of Object.entries(box)) ring.setAttribute(name, value);
  ring.classList.add("cf-halo");
  viewer.get("elementRegistry").getGraphics(element).prepend(ring);
}

/** Our colours, from the style sheet, so that they stand in one place. */
function palette(container) {
  const style = getComputedStyle(container);
  const colour = (name) => style.getPropertyValue(name).trim();
  return { azur: colour("--azur"), tint: colour("--azur-tint"), line: colour("--line-strong"), here: colour("--here"), cinnabar: colour("--cinnabar"), cinnabarTint: colour("--cinnabar-tint"), ochre: colour("--ochre"), ochreTint: colour("--ochre-tint") };
}

/** Gives an element its colours the way BPMN files carry them, so that arrow heads and icons follow. */
function paint(viewer, element, stroke, fill) {
  element.di.set("color:border-color", stroke);
  if (fill) element.di.set("color:background-color", fill);
  viewer.get("eventBus").fire("element.changed", { element });
}

/** A tick says "done" to those who do not see the colour. */
function tick(viewer, id) {
  const html = `<span class="cf-tick">${icon("check")}</span>`;
  viewer.get("overlays").add(id, { position: { top: -10, right: 12 }, html });
}

/** Shows what is done, where the case stands and which flow led there. */
function mark(viewer, container, state) {
  const canvas = viewer.get("canvas");
  const registry = viewer.get("elementRegistry");
  const colours = palette(container);
  const present = new Set((state.present ?? []).filter((id) => registry.get(id)));
  const given = new Set((state.done ?? []).filter((id) => !present.has(id)));
  const { done, flows } = passedBetween(registry, given, present, state.flows);
  registry.filter((element) => /(Participant|Lane)$/.test(element.type)).forEach((element) => paint(viewer, element, colours.line));
  registry.filter((element) => element.type.endsWith("Task")).forEach((element) => canvas.addMarker(element.id, "cf-worded"));
  for (const id of flows) {
    const flow = registry.get(id);
    paint(viewer, flow, present.has(flow.target.id) ? colours.here : colours.azur);
    canvas.addMarker(id, "cf-walked");
  }
  for (const id of done) {
    const element = registry.get(id);
    paint(viewer, element, colours.azur, colours.tint);
    canvas.addMarker(id, "cf-done");
    if (/(Task|Activity|SubProcess)$/.test(element.type)) tick(viewer, id);
  }
  missing(viewer, state.missed ?? [], colours);
  for (const [id, shade] of Object.entries(state.heat ?? {})) {
    if (registry.get(id)) canvas.addMarker(id, `cf-heat-${shade}`);
  }
  for (const id of present) {
    const element = registry.get(id);
    paint(viewer, element, "#ffffff", colours.here);
    canvas.addMarker(id, "cf-present");
    halo(viewer, element);
  }
  for (const id of (state.failed ?? []).filter((one) => registry.get(one))) {
    paint(viewer, registry.get(id), colours.cinnabar, colours.cinnabarTint);
    const html = `<span class="cf-tick cf-tick--failed">${icon("alert-circle")}</span>`;
    viewer.get("overlays").add(id, { position: { top: -10, right: 12 }, html });
  }
}

/** What no test reaches: dashed, so that it is told apart without its colour. */
function missing(viewer, ids, colours) {
  for (const id of ids) {
    const element = viewer.get("elementRegistry").get(id);
    if (!element) continue;
    paint(viewer, element, colours.ochre, element.waypoints ? undefined : colours.ochreTint);
    viewer.get("canvas").addMarker(id, "cf-missed");
  }
}

/** Loads the BPMN and draws it; when that fails, says so and leaves the page as it is. */
async function draw(container) {
  const state = JSON.parse(container.dataset.state || "{}");
  const fallback = container.querySelector(".cf-diagram__fallback");
  try {
    const answer = await fetch(container.dataset.xmlUrl, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`the diagram answered ${answer.status}`);
    const xml = await answer.text();
    fallback.hidden = true;
    const viewer = viewerIn(container);
    await viewer.importXML(xml);
    container.classList.toggle("cf-diagram--mending", Boolean(state.mending));
    rename(viewer, state);
    widen(viewer);
    mark(viewer, container, state);
    frame(viewer, container, state.present ?? []);
    container.dispatchEvent(new CustomEvent("drawn", { detail: viewer }));
  } catch (error) {
    console.warn(error);
    fallback.hidden = false;
    fallback.textContent = words("diagram_failed");
  }
}

/** Draws at once where the frame is seen; on the phone when it is opened for the first time. */
function watch(container) {
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    seen.disconnect();
    draw(container);
  }, { rootMargin: "400px" });
  seen.observe(container);
}

/** On the phone the list of stages stands first; the diagram is one tap away. */
function toggle(button) {
  const card = button.closest("[data-diagram-card]");
  button.addEventListener("click", () => {
    const open = card.classList.toggle("cf-diagram-card--open");
    button.setAttribute("aria-expanded", open);
    button.textContent = words(open ? "show_stages" : "show_diagram");
    dispatchEvent(new Event("resize"));
  });
}

document.querySelectorAll("[data-diagram]").forEach(watch);
document.querySelectorAll("[data-diagram-toggle]").forEach(toggle);
