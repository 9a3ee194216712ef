// On an English page the canvas shows, finds and edits English names where there are any. The drawing
// itself keeps its own: what is shown here is never written into it.
import BpmnRenderer from "bpmn-js/lib/draw/BpmnRenderer";
import TextRenderer from "bpmn-js/lib/draw/TextRenderer";
import LabelEditingProvider from "bpmn-js/lib/features/label-editing/LabelEditingProvider";
import BpmnSearchProvider from "bpmn-js/lib/features/search/BpmnSearchProvider";
import { getLabel } from "bpmn-js/lib/util/LabelUtil";
import { locale } from "./words.js";

/** What an element is called on this page: in English where that is known, else as it is drawn. */
export function nameShown(element, serviceWords) {
  const target = element.labelTarget ?? element;
  const drawn = getLabel(target) ?? "";
  return (locale === "en" && drawn && serviceWords.english(target)) || drawn;
}

/** Writes another text than it is given, while the renderer says which. */
class Texts extends TextRenderer {
  static $inject = ["config.textRenderer"];

  constructor(config) {
    super(config);
    const write = this.createText;
    this.instead = (text) => text;
    this.createText = (text, options) => write(this.instead(text), options);
  }
}

class Renderer extends BpmnRenderer {
  static $inject = [...BpmnRenderer.$inject.slice(0, 6), "injector"];

  constructor(config, eventBus, styles, pathMap, canvas, textRenderer, injector) {
    super(config, eventBus, styles, pathMap, canvas, textRenderer);
    Object.assign(this, { texts: textRenderer, injector });
  }

  drawShape(...given) {
    return this.#named(given[1], () => super.drawShape(...given));
  }

  drawConnection(...given) {
    return this.#named(given[1], () => super.drawConnection(...given));
  }

  #named(element, draw) {
    const before = this.texts.instead;
    const drawn = getLabel(element.labelTarget ?? element);
    this.texts.instead = (text) => (text && text === drawn ? nameShown(element, this.injector.get("serviceWords")) : text);
    try {
      return draw();
    } finally {
      this.texts.instead = before;
    }
  }
}

/** Typing into the drawing changes the name that stands there. */
class Typing extends LabelEditingProvider {
  static $inject = [...LabelEditingProvider.$inject, "serviceWords"];

  constructor(...given) {
    super(...given);
    this.serviceWords = given.at(-1);
  }

  activate(element) {
    const context = super.activate(element);
    return context && { ...context, text: nameShown(element, this.serviceWords) };
  }

  update(element, text, before, bounds) {
    const target = element.labelTarget ?? element;
    const english = nameShown(target, this.serviceWords) !== (getLabel(target) ?? "");
    if (english && text?.trim()) this.serviceWords.setEnglish(target, text.trim());
    else super.update(element, text, before, bounds);
  }
}

class Search extends BpmnSearchProvider {
  static $inject = [...BpmnSearchProvider.$inject, "serviceWords"];

  constructor(elementRegistry, searchPad, canvas, search, serviceWords) {
    super(elementRegistry, searchPad, canvas, search);
    Object.assign(this, { registry: elementRegistry, canvas, search, serviceWords });
  }

  find(pattern) {
    const roots = this.canvas.getRootElements();
    const elements = this.registry.filter((one) => !one.labelTarget && !roots.includes(one));
    const items = elements.map((element) => ({ element, label: nameShown(element, this.serviceWords), id: element.id }));
    return this.search(items, pattern, { keys: ["label", "id"] }).map(({ item, tokens }) => ({ element: item.element, primaryTokens: tokens.label, secondaryTokens: tokens.id }));
  }
}

const drawing = { textRenderer: ["type", Texts], bpmnRenderer: ["type", Renderer] };

export const english = locale === "en" ? { ...drawing, labelEditingProvider: ["type", Typing], bpmnSearch: ["type", Search] } : {};
export const englishToLookAt = locale === "en" ? drawing : {};
