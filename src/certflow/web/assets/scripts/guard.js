// A form is sent once: the pressed button says so; leaving with unsaved words asks first.
import { words } from "./page.js";

const FREE_AGAIN = 20000; // a download leaves the page standing: the button must come back

/** Marks the button, after the browser has taken its name and value into the request. */
function mark(button, form) {
  const before = button?.innerHTML;
  const wide = button?.getBoundingClientRect().width;
  const free = () => {
    delete form.dataset.sent;
    if (!button) return;
    button.disabled = false;
    button.innerHTML = before;
    button.style.minWidth = "";
  };
  setTimeout(() => {
    if (!form.dataset.sent || !button) return;
    button.disabled = true;
    if (!button.classList.contains("cf-button") || !button.textContent.trim()) return;
    button.style.minWidth = `${wide}px`;
    button.textContent = words("submitting");
  }, 300);
  setTimeout(free, FREE_AGAIN);
  addEventListener("pageshow", free, { once: true });
}

export function guard() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    mark(event.submitter, form);
  });

  const unsaved = new Set();
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-guard]:not([data-autosave])");
    if (form) unsaved.add(form);
  });
  addEventListener("beforeunload", (event) => {
    if ([...unsaved].some((form) => !form.dataset.sent)) event.preventDefault();
  });
}
