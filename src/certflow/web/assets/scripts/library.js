// [data-library]: the choices from the profile library open as a dialog instead of in the page.
// The dialog stays inside the form, so its checkboxes and its button are the form's own.
import { icon, words } from "./page.js";

export function library(details) {
  const choices = details.querySelector("fieldset");
  const summary = details.querySelector("summary");
  if (!choices || !summary || !window.HTMLDialogElement) return;
  const dialog = document.createElement("dialog");
  dialog.className = "cf-dialog";
  const head = document.createElement("div");
  head.className = "cf-dialog__head";
  const title = document.createElement("h2");
  title.textContent = words("choose_records");
  const close = document.createElement("button");
  close.type = "button";
  close.className = "cf-dialog__close";
  close.innerHTML = icon("x", words("close"));
  head.append(title, close);
  const body = document.createElement("div");
  body.className = "cf-dialog__body";
  const foot = document.createElement("div");
  foot.className = "cf-dialog__foot";
  const pick = choices.querySelector('button[name="_pick"]');
  const line = pick?.parentElement;
  body.append(choices);
  if (pick) {
    foot.append(pick);
    line.remove();
    pick.classList.add("cf-button--main");
    pick.classList.remove("cf-button--small");
  }
  dialog.append(head, body, foot);
  dialog.setAttribute("aria-label", words("choose_records"));
  details.after(dialog);

  const free = () => [...choices.querySelectorAll('input[type="checkbox"]:not(:disabled)')];
  const count = () => {
    const chosen = free().filter((box) => box.checked).length;
    if (!pick) return;
    pick.disabled = chosen === 0;
    pick.textContent = words("use_records", { count: chosen });
  };
  summary.addEventListener("click", (event) => {
    event.preventDefault();
    dialog.showModal();
    count();
  });
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => { free().forEach((box) => { box.checked = false; }); summary.focus(); });
  choices.addEventListener("change", (event) => { event.stopPropagation(); count(); });
  choices.addEventListener("input", (event) => event.stopPropagation());
}
