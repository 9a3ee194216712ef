// Copy here, paste in another process: the clipboard is shared by all tabs of this browser.
const PLACE = "certflow:clipboard";

/** Turns stored elements into moddle elements again. */
function reviver(moddle) {
  const known = new Map();
  return (_key, value) => {
    if (value === null || typeof value !== "object" || typeof value.$type !== "string") return value;
    if (value.id && known.has(value.id)) return known.get(value.id);
    const { $type, ...attributes } = value;
    const element = moddle.create($type, attributes);
    if (value.id) known.set(value.id, element);
    return element;
  };
}

class SharedClipboard {
  static $inject = ["eventBus", "clipboard", "moddle", "serviceWords"];

  constructor(eventBus, clipboard, moddle, serviceWords) {
    Object.assign(this, { clipboard, moddle });
    this.mine = "";
    eventBus.on("copyPaste.copyElement", ({ descriptor, element }) => {
      descriptor.english = element.labelTarget ? "" : serviceWords.english(element);
      descriptor.hint = serviceWords.get("stages", element.id, "hint");
    });
    eventBus.on("copyPaste.elementsCopied", ({ tree }) => {
      this.mine = JSON.stringify({ at: Date.now(), tree });
      try {
        localStorage.setItem(PLACE, this.mine);
      } catch {
        // a full store: pasting works on this page only
      }
    });
    eventBus.on("copyPaste.pasteElement", 100, ({ descriptor }) => {
      const id = descriptor.businessObject?.id;
      if (!id || !descriptor.english) return;
      const name = descriptor.businessObject.name ?? "";
      const stage = descriptor.businessObject.$type === "bpmn:UserTask";
      serviceWords.content = stage
        ? { ...serviceWords.content, stages: { ...serviceWords.content.stages, [id]: { name: { zh: name, en: descriptor.english }, hint: descriptor.hint ?? { zh: "", en: "" } } } }
        : { ...serviceWords.content, names: { ...serviceWords.content.names, [id]: descriptor.english } };
    });
    addEventListener("focus", () => this.read());
    addEventListener("storage", (event) => { if (event.key === PLACE) this.read(); });
    this.read();
  }

  /** Takes over what another tab copied since. */
  read() {
    const found = localStorage.getItem(PLACE);
    if (!found || found === this.mine) return;
    this.mine = found;
    try {
      const { tree } = JSON.parse(found, reviver(this.moddle));
      if (tree) this.clipboard.set(tree);
    } catch {
      localStorage.removeItem(PLACE);
    }
  }
}

export const sharedClipboard = {
  __init__: ["sharedClipboard"],
  sharedClipboard: ["type", SharedClipboard],
};
