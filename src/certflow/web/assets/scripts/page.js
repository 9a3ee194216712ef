// What every part needs of the page: its words, its icons, its token.

const catalogue = JSON.parse(document.getElementById("cf-words")?.textContent || "{}");

/** The server's words under a name, with {placeholders} filled in. */
export function words(name, values = {}) {
  const text = catalogue[name] ?? "";
  return text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/** Markup of an icon; without a label it is hidden from readers. */
export function icon(name, label = "") {
  const role = label ? `role="img" aria-label="${escaped(label)}"` : 'aria-hidden="true"';
  return `<svg class="cf-icon" ${role} focusable="false"><use href="${document.body.dataset.icons}#${name}"/></svg>`;
}

/** Text made safe for markup. */
export function escaped(text) {
  const holder = document.createElement("span");
  holder.textContent = text;
  return holder.innerHTML.replaceAll('"', "&quot;");
}

/** The token every POST carries. */
export function token() {
  return document.querySelector('input[name="csrf_token"]')?.value || document.body.dataset.csrf || "";
}

/** Runs `start(element)` for every element that matches, also for those that appear later in it. */
export function each(selector, start, root = document) {
  root.querySelectorAll(selector).forEach((element) => start(element));
}

/** POSTs and returns the answer's JSON; the error carries the status and the server's words. */
export async function post(url, body, options = {}) {
  const headers = { "X-CSRFToken": token(), Accept: "application/json", "X-Requested-With": "fetch" };
  const answer = await fetch(url, { method: "POST", body, headers, credentials: "same-origin", ...options });
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(data.error || ""), { status: answer.status });
  return data;
}
