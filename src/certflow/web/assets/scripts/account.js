// Sign-up and sign-in: another captcha without losing what was typed, the pause between two codes,
// and checks of single entries while the form is filled in. Everything is checked again on sending.
import { icon, post, words } from "./page.js";

/** [data-captcha]: the button fetches another picture and question. */
export function captcha(part) {
  part.querySelector("[data-another]")?.addEventListener("click", async () => {
    const answer = await fetch(part.dataset.captcha, { credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok) return;
    const made = await answer.json();
    part.querySelector('[name="puzzle"]').value = made.name;
    part.querySelector("img").src = made.src;
    part.querySelector("[data-question]").textContent = made.question;
    for (const name of ["captcha", "captcha_sum"]) part.querySelector(`[name="${name}"]`).value = "";
    const open = part.querySelector("details[open] [name='captcha_sum']");
    (open ?? part.querySelector('[name="captcha"]')).focus();
  });
}

/** [data-countdown]: how many seconds until another code can be had. The server checks it too. */
export function countdown(button) {
  const until = Date.now() + Number(button.dataset.countdown) * 1000;
  const again = button.textContent;
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    button.disabled = left > 0;
    button.textContent = left > 0 ? words("code_again", { seconds: left }) : again;
    if (left > 0) setTimeout(tick, 500);
  };
  if (Number(button.dataset.countdown) > 0) tick();
}

/** Says above an entry what the server thinks of it; readers hear it once it stands. */
function say(field, answer) {
  const entry = field.closest("[data-entry]");
  const wrong = answer.state === "wrong";
  const good = answer.state === "good" && !answer.derived;
  let line = entry.querySelector(`#${field.name}-live`);
  if (!line) {
    line = Object.assign(document.createElement("div"), { id: `${field.name}-live` });
    line.setAttribute("role", "status");
    field.before(line);
  }
  entry.querySelector(`#${field.name}-error`)?.remove();
  entry.classList.toggle("cf-field--error", wrong);
  field.toggleAttribute("aria-invalid", false);
  if (wrong) field.setAttribute("aria-invalid", "true");
  line.className = wrong ? "cf-error" : "cf-live";
  line.innerHTML = wrong ? icon("alert-circle") : good ? icon("check") : "";
  const said = document.createElement("span");
  said.textContent = wrong ? answer.message : good ? words("entry_good") : "";
  line.append(said);
  const derived = entry.querySelector("[data-derived]");
  if (derived) {
    derived.hidden = !answer.derived || wrong;
    derived.querySelector("span").textContent = answer.derived ?? "";
  }
}

/** form[data-check]: asks about an entry when it is left; what a document tells is not asked for. */
export function checks(form) {
  const told = form.querySelector("[data-told-only]");
  const type = form.elements.namedItem("document_type");
  const fold = () => told?.toggleAttribute("data-derivable", told.dataset.derives.split(" ").includes(type.value));
  type?.addEventListener("change", fold);
  if (told && !told.querySelector(".cf-field--error")) fold();
  form.querySelectorAll('[data-live="check"]').forEach((field) => {
    field.addEventListener("change", async () => {
      if (!field.value.trim()) return;
      const body = new FormData(form);
      body.set("_field", field.name);
      if (field.name !== "password") body.delete("password");
      body.delete("again");
      const answer = await post(form.dataset.check, body).catch(() => null);
      if (answer && field.isConnected) say(field, answer);
    });
  });
}
