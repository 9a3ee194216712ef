// Drawing without a mouse: Enter goes to what can be done with the selected element, the palette
// appends to it, "connect" asks for the other end by name.
import { toast } from "../../scripts/toast.js";
import { words } from "./words.js";

const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
const APPENDS = "bpmn:FlowNode";

class ByKeyboard {
  static $inject = ["eventBus", "canvas", "keyboard", "palette", "contextPad", "create", "autoPlace", "selection", "searchPad", "modeling", "rules"];

  constructor(eventBus, canvas, keyboard, palette, contextPad, create, autoPlace, selection, searchPad, modeling, rules) {
    Object.assign(this, { eventBus, canvas, palette, create, autoPlace, selection, searchPad, modeling, rules });
    eventBus.on(["palette.create", "palette.changed"], () => setTimeout(() => this.#reachable(".djs-palette .entry")));
    eventBus.on("contextPad.open", () => setTimeout(() => this.#reachable(".djs-context-pad .entry")));
    eventBus.on("palette.trigger", ({ entry, event }) => (byKey(event) && /^bpmn-icon/.test(entry.className) && entry.group !== "tools" ? this.#append(entry) : undefined));
    eventBus.on("contextPad.trigger", ({ event }) => (byKey(event) && event.target.closest(".entry")?.dataset.action === "connect" ? this.#connect(contextPad) : undefined));
    keyboard.addListener(({ keyEvent }) => {
      const first = keyEvent.key === "Enter" && this.#box().querySelector(".djs-context-pad .entry");
      if (!first) return undefined;
      first.focus();
      return true;
    });
    this.#box().addEventListener("keydown", (event) => this.#keys(event));
  }

  #box() {
    return this.canvas.getContainer();
  }

  #reachable(entries) {
    this.#box().querySelectorAll(entries).forEach((one) => {
      one.tabIndex = 0;
      one.setAttribute("role", "button");
      if (one.title) one.setAttribute("aria-label", one.title);
    });
  }

  #keys(event) {
    const entry = event.target.closest?.(".djs-palette .entry, .djs-context-pad .entry");
    if (!entry) return;
    const step = STEPS[event.key];
    if (!step && !["Enter", " ", "Escape"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (step) {
      const all = [...entry.closest(".djs-palette, .djs-context-pad").querySelectorAll(".entry")];
      all[(all.indexOf(entry) + step + all.length) % all.length].focus();
    } else if (event.key === "Escape") this.canvas.focus();
    else {
      this.pressed = true;
      entry.click();
      this.pressed = false;
    }
  }

  /** Appends what a palette entry makes to the selected element; false: the mouse is not asked. */
  #append(entry) {
    const [source, other] = this.selection.get();
    if (!source || other || !source.businessObject.$instanceOf(APPENDS)) {
      toast(words("select_first"));
      return false;
    }
    let made = null;
    this.create.start = (_event, shapes) => { made = [shapes].flat()[0]; };
    try {
      entry.action.click(new Event("click"));
    } finally {
      delete this.create.start; // the prototype's own is back
    }
    if (made) this.autoPlace.append(source, made);
    return false;
  }

  #connect(contextPad) {
    const [source] = this.selection.get();
    contextPad.close();
    toast(words("connect_to"));
    const open = () => setTimeout(() => this.searchPad.open()); // the key that is still down would close it
    if (this.pressed) document.addEventListener("keyup", open, { once: true });
    else open();
    const connect = () => {
      this.eventBus.off("searchPad.closed", gone);
      const [target] = this.selection.get();
      const allowed = target && target !== source && this.rules.allowed("connection.create", { source, target });
      if (allowed) this.modeling.connect(source, target, allowed);
      else toast(words("cannot_connect"));
    };
    const gone = () => setTimeout(() => this.eventBus.off("searchPad.selected", connect));
    this.eventBus.once("searchPad.selected", connect);
    this.eventBus.once("searchPad.closed", gone);
    return false;
  }
}

/** A click that Enter made: no button of a mouse was pressed. */
const byKey = (event) => event?.type === "click" && event.detail === 0;

export const byKeyboard = { __init__: ["byKeyboard"], byKeyboard: ["type", ByKeyboard] };
