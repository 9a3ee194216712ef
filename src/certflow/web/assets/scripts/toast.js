// Short messages at the foot of the page, read out politely; never for errors.
import { escaped, icon, words } from "./page.js";

const SHOWN_FOR = 6000;

/** Shows a message; with `undo` it offers to take the action back. */
export function toast(text, undo) {
  const region = document.querySelector("[data-toasts]");
  if (!region || !text) return;
  const box = document.createElement("div");
  box.className = "cf-toast";
  box.innerHTML = `${icon("circle-check")}<span>${escaped(text)}</span>`;
  const away = () => box.remove();
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words("undo");
    button.addEventListener("click", () => { undo(); away(); });
    box.append(button);
  }
  let timer = setTimeout(away, SHOWN_FOR);
  const hold = () => clearTimeout(timer);
  const go = () => { timer = setTimeout(away, SHOWN_FOR); };
  for (const name of ["mouseenter", "focusin"]) box.addEventListener(name, hold);
  for (const name of ["mouseleave", "focusout"]) box.addEventListener(name, go);
  region.append(box);
}

/** What the last request reported: good news becomes a toast. */
export function flashes() {
  document.querySelectorAll("[data-toast]").forEach((note) => {
    toast(note.textContent.trim());
    note.remove();
  });
}
