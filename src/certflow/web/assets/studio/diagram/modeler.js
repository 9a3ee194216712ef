// bpmn-js as this product uses it: to draw on, or only to look at.
import Modeler from "bpmn-js/lib/Modeler";
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import minimap from "diagram-js-minimap";
import { sharedClipboard } from "./clipboard.js";
import { english, englishToLookAt, nameShown } from "./english.js";
import { byKeyboard } from "./keyboard.js";
import { limits } from "./limits.js";
import { certflow } from "./moddle.js";
import { naming } from "./naming.js";
import { serviceWords } from "./service.js";
import { tidy } from "./tidy.js";
import { translation } from "./translate.js";

const LABEL = 13;
const WIDEST = 9 * LABEL; // longer labels may break into lines
const WIDEST_LATIN = 84; // as bpmn-js leaves room for: words break where there is space

function look() {
  const style = getComputedStyle(document.body);
  const text = { fontFamily: style.fontFamily, fontSize: 14, lineHeight: 1.3 };
  return {
    bpmnRenderer: { defaultFillColor: "#ffffff", defaultStrokeColor: "#46505f", defaultLabelColor: "#1b2330" },
    textRenderer: { defaultStyle: text, externalStyle: { ...text, fontSize: LABEL } },
  };
}

/** An editor in `container`. */
export function editorIn(container, service) {
  return new Modeler({
    container,
    ...look(),
    service,
    moddleExtensions: { certflow },
    additionalModules: [translation, serviceWords, english, naming, limits, byKeyboard, tidy, sharedClipboard, minimap],
  });
}

/** The same drawing, to look at. */
export function viewerIn(container, service, { small = false } = {}) {
  return new NavigatedViewer({
    container,
    ...look(),
    service,
    moddleExtensions: { certflow },
    additionalModules: small ? [translation] : [translation, looking, englishToLookAt],
  });
}

/** What the panel asks of the settings, where nothing is changed. */
class Looking {
  static $inject = ["config.service"];

  constructor(content) {
    this.content = content ?? {};
  }

  get(...path) {
    return path.reduce((value, key) => value?.[key], this.content);
  }

  english(element) {
    const id = element.id;
    return this.get("lanes", id)?.en ?? this.get("outcomes", id)?.name?.en ?? this.get("stages", id)?.name?.en ?? this.get("names", id) ?? "";
  }

  replace(content) {
    this.content = content;
  }
}

const looking = { serviceWords: ["type", Looking] };

/**
 * Gives labels the width their words need: files often leave room for Latin letters only. They are
 * only drawn so; the file keeps its own until somebody changes the label.
 */
export function widen(modeler) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `${LABEL}px ${getComputedStyle(document.body).fontFamily}`;
  const [registry, factory, renderer, said] = ["elementRegistry", "graphicsFactory", "textRenderer", "serviceWords"].map((name) => modeler.get(name, false));
  registry.filter((element) => element.labelTarget).forEach((label) => {
    const text = said ? nameShown(label, said) : label.businessObject.name ?? "";
    const needed = Math.ceil(Math.max(...text.split("\n").map((line) => pen.measureText(line).width)) + 6);
    const widest = /\p{Script=Han}/u.test(text) ? WIDEST : WIDEST_LATIN;
    const width = Math.max(label.width, Math.min(needed, widest));
    if (!text || width === label.width) return;
    const above = label.y + label.height / 2 < label.labelTarget.y; // more lines grow away from it
    const foot = label.y + label.height;
    label.x -= Math.round((width - label.width) / 2);
    label.width = width;
    label.height = Math.ceil(renderer.getDimensions(text, { box: label, style: renderer.getExternalStyle() }).height);
    if (above && !label.labelTarget.waypoints) label.y = foot - label.height;
    factory.update("shape", label, registry.getGraphics(label));
  });
}

/** Shows all of the drawing, not larger than life; `left` stays free for the palette. */
export function fit(modeler, left = 28) {
  const canvas = modeler.get("canvas");
  canvas.resized();
  const { inner, outer } = canvas.viewbox();
  if (!inner.width || !outer.width) return;
  const scale = Math.min(1, (outer.width - left - 28) / inner.width, (outer.height - 56) / inner.height);
  const [width, height] = [outer.width / scale, outer.height / scale];
  const spare = width - inner.width - (left + 28) / scale;
  canvas.viewbox({ x: inner.x - left / scale - spare / 2, y: inner.y - (height - inner.height) / 2, width, height });
}

/** Shows the drawing from its beginning, at a size that can be read. */
export function begin(modeler, smallest = 0.7, left = 72) {
  const canvas = modeler.get("canvas");
  canvas.resized();
  const { inner, outer } = canvas.viewbox();
  if (!inner.width || !outer.width) return;
  const whole = Math.min((outer.width - left - 24) / inner.width, (outer.height - 48) / inner.height);
  const scale = Math.min(1, Math.max(smallest, whole));
  const [width, height] = [outer.width / scale, outer.height / scale];
  const y = inner.height < height ? inner.y - (height - inner.height) / 2 : inner.y - 24 / scale;
  canvas.viewbox({ x: inner.x - left / scale, y, width, height });
}
