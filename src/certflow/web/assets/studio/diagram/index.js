// The diagram of a draft: drawn on, described in the panel, saved by itself.
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "bpmn-js/dist/assets/bpmn-font/css/bpmn-codes.css";
import "diagram-js-minimap/assets/diagram-js-minimap.css";
import "./diagram.css";
import { toast } from "../../scripts/toast.js";
import { mayEdit, openPart } from "../draft.js";
import { asked } from "../draft/sending.js";
import { wireBar } from "./bar.js";
import { drawVersion } from "./compare.js";
import { lightUp } from "./lit.js";
import { begin, editorIn, viewerIn, widen } from "./modeler.js";
import { Panel } from "./panel/panel.js";
import { words } from "./words.js";

const PATIENCE = 350;
const PHONE = 900;
const editor = document.querySelector("[data-diagram-editor]");

/** Draws a diagram; says which element could not be read when it is broken. */
async function draw(modeler, xml) {
  try {
    const { warnings } = await modeler.importXML(xml);
    widen(modeler);
    if (warnings.length) toast(words("read_with_losses", { number: warnings.length }));
    return true;
  } catch (error) {
    const place = editor.querySelector("[data-canvas-said]");
    place.hidden = false;
    place.querySelector("p").textContent = words("unreadable", { why: error.message });
    return false;
  }
}

/** Saves the drawing and the settings after each change. */
function saving(modeler, bpmn, service) {
  let timer = 0;
  const save = async () => {
    timer = 0;
    const { xml } = await modeler.saveXML({ format: true });
    if (xml !== bpmn.content) bpmn.save(xml);
    const settings = modeler.get("serviceWords").saved();
    if (JSON.stringify(settings) !== JSON.stringify(service.content)) service.save(settings);
  };
  modeler.on("commandStack.changed", () => {
    clearTimeout(timer);
    timer = setTimeout(save, PATIENCE);
  });
  addEventListener("studio:gather", ({ detail }) => {
    if (!timer) return;
    clearTimeout(timer);
    detail.waits.push(save());
  });
  addEventListener("beforeunload", (event) => {
    if (!timer) return;
    save();
    event.preventDefault();
  });
}

async function start() {
  const readOnly = !mayEdit || innerWidth < PHONE;
  editor.toggleAttribute("data-reading", readOnly);
  const holder = {};
  const [bpmn, service] = await Promise.all([
    openPart("bpmn", { title: words("diagram"), show: drawVersion, apply: (xml) => holder.take?.(xml) }),
    openPart("service", { title: words("settings"), apply: (content) => holder.said?.(content), follows: () => holder.bpmn }),
  ]);
  holder.bpmn = bpmn;
  const vocabulary = await asked(editor.dataset.vocabulary);
  const container = editor.querySelector("[data-canvas]");
  const modeler = (readOnly ? viewerIn : editorIn)(container, service.content);
  const drawn = await draw(modeler, bpmn.content);
  container.dataset.drawn = drawn ? "yes" : "no";
  if (!drawn) return;
  begin(modeler, innerWidth < PHONE ? 0.6 : 0.7, readOnly ? 24 : 124);
  const { inner, outer, scale } = modeler.get("canvas").viewbox();
  if (!readOnly && outer.width > PHONE && inner.width * scale > outer.width) modeler.get("minimap").open();
  const panel = new Panel(editor.querySelector("[data-panel]"), modeler, { vocabulary, readOnly, draft: editor.dataset });
  const lit = lightUp(modeler, { select: (id) => panel.go(id), shown: () => panel.refresh() });
  panel.findings = (id, whole) => lit.of(id, whole);
  holder.take = async (xml) => {
    const view = modeler.get("canvas").viewbox();
    const chosen = modeler.get("selection", false)?.get().map((one) => one.id) ?? [];
    await draw(modeler, xml);
    modeler.get("canvas").viewbox(view);
    panel.go(chosen[0], false);
    lit.again();
  };
  holder.said = (content) => {
    modeler.get("serviceWords").replace(content);
    panel.refresh();
  };
  wireBar(modeler, editor, readOnly);
  if (!readOnly) saving(modeler, bpmn, service);
  addEventListener("focus", async () => {
    panel.know(await asked(editor.dataset.vocabulary).catch(() => null));
  });
}

if (editor) start();
