// form[data-autosave]: saves 1.5 s after the last change and when the page is left. What is sent waits
// for a save that is under way: one that came after it would bring back what was there before.
import { escaped, icon, post, token, words } from "./page.js";

const WAIT = 1500;
const AGAIN = 8000;
const PATIENCE = 4000;

/** The form's answers without files (those are stored as soon as they are chosen). */
function answers(form) {
  const data = new FormData(form);
  for (const [name, value] of [...data.entries()]) if (value instanceof File) data.delete(name);
  if (!data.has("csrf_token")) data.set("csrf_token", token());
  return data;
}

/** Puts the server's new version number into the form, so that the next save is not taken as stale. */
function keepVersion(form, data) {
  const field = form.elements.namedItem("version");
  if (field && data.version !== undefined) field.value = data.version;
}

export function autosave(form) {
  const state = form.querySelector("[data-autosave-state], [data-saved]");
  let timer = 0;
  let dirty = false;
  let left = false;
  let busy = null;

  const say = (name, mark, values) => {
    if (state) state.innerHTML = `${icon(mark)}<span>${escaped(words(name, values))}</span>`;
  };
  const later = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  };

  async function save() {
    if (!dirty || left) return;
    if (busy) {
      later(WAIT);
      return;
    }
    dirty = false;
    busy = send();
    await busy;
    busy = null;
  }

  async function send() {
    say("saving", "cloud-upload");
    try {
      const data = await post(form.dataset.autosave, answers(form));
      keepVersion(form, data);
      const time = data.saved_at || new Date().toTimeString().slice(0, 5);
      say("saved", "cloud-check", { time });
    } catch (error) {
      dirty = true;
      if (error.status === 409) say("stale", "alert-circle");
      else {
        say("unsaved", "cloud-off");
        later(AGAIN);
      }
    }
  }

  const changed = () => {
    dirty = true;
    later(WAIT);
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    clearTimeout(timer);
    if (busy && !left) {
      event.preventDefault();
      Promise.race([busy, new Promise((done) => setTimeout(done, PATIENCE))]).then(() => form.requestSubmit(event.submitter));
    }
    left = true;
  });
  addEventListener("pageshow", () => { left = false; });
  addEventListener("online", () => later(0));
  addEventListener("pagehide", () => {
    if (!dirty || left) return;
    const headers = { "X-CSRFToken": token(), Accept: "application/json" };
    fetch(form.dataset.autosave, { method: "POST", body: answers(form), headers, keepalive: true, credentials: "same-origin" }).catch(() => {});
  });
}
