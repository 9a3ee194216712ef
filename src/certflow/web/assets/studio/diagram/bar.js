// The bar above the drawing: undo, copy, zoom, search, keys, the whole screen.
import { fit } from "./modeler.js";

const PERCENT = 100;

/** Wires the buttons [data-act] of the bar; what cannot be done now is disabled. */
export function wireBar(modeler, editor, readOnly) {
  const button = (act) => editor.querySelector(`[data-act=${act}]`);
  const trigger = (name, options) => modeler.get("editorActions").trigger(name, options);
  const canvas = modeler.get("canvas");
  const acts = {
    undo: () => trigger("undo"),
    redo: () => trigger("redo"),
    copy: () => trigger("copy"),
    paste: () => { modeler.get("sharedClipboard").read(); trigger("paste"); },
    remove: () => trigger("removeSelection"),
    find: () => trigger("find"),
    in: () => modeler.get("zoomScroll").stepZoom(1),
    out: () => modeler.get("zoomScroll").stepZoom(-1),
    fit: () => fit(modeler, readOnly ? 28 : 124),
    map: () => modeler.get("minimap").toggle(),
    keys: () => document.querySelector("[data-keys]").showModal(),
    full: () => (document.fullscreenElement ? document.exitFullscreen() : editor.requestFullscreen()),
  };
  for (const [name, act] of Object.entries(acts)) {
    const found = button(name);
    found?.addEventListener("click", () => {
      act();
      if (!["keys", "full", "find"].includes(name)) canvas.focus?.();
    });
  }
  document.querySelector("[data-keys]")?.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]") || event.target.matches("[data-keys]")) event.currentTarget.close();
  });
  document.addEventListener("fullscreenchange", () => {
    editor.toggleAttribute("data-full", document.fullscreenElement === editor);
    setTimeout(() => canvas.resized(), 60);
  });
  const scale = editor.querySelector("[data-scale]");
  const tellScale = () => { if (scale) scale.textContent = `${Math.round(canvas.zoom() * PERCENT)}%`; };
  modeler.on("canvas.viewbox.changed", tellScale);
  tellScale();
  if (readOnly) {
    editor.querySelectorAll("[data-act]").forEach((one) => { one.hidden = !["in", "out", "fit", "full"].includes(one.dataset.act); });
    editor.querySelectorAll("[data-editing]").forEach((one) => { one.hidden = true; });
    return;
  }
  const state = () => {
    const stack = modeler.get("commandStack");
    const selected = modeler.get("selection").get().length > 0;
    enable(button("undo"), stack.canUndo());
    enable(button("redo"), stack.canRedo());
    enable(button("copy"), selected);
    enable(button("remove"), selected);
    enable(button("paste"), !modeler.get("clipboard").isEmpty());
  };
  modeler.on(["commandStack.changed", "selection.changed", "copyPaste.elementsCopied", "import.done"], () => { setTimeout(state); });
  addEventListener("focus", () => setTimeout(state));
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable=true]");
    if (event.key === "?" && !typing) acts.keys();
    if (event.defaultPrevented || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === "f" && !typing) {
      event.preventDefault();
      acts.find();
    } else if (!typing && !editor.querySelector(".djs-container")?.contains(event.target) && ["z", "y"].includes(key)) {
      event.preventDefault();
      acts[key === "y" || event.shiftKey ? "redo" : "undo"]();
    }
  });
  state();
}

function enable(found, on) {
  if (found) found.disabled = !on;
}
