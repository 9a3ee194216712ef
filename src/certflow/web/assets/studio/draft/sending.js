// JSON to and from the server. The page may stand open for a day: its token is renewed with every answer.
import { token } from "../../scripts/page.js";

const HEADERS = { Accept: "application/json", "X-Requested-With": "fetch" };

function renew(fresh) {
  if (!fresh) return;
  document.body.dataset.csrf = fresh;
  document.querySelectorAll('input[name="csrf_token"]').forEach((field) => { field.value = fresh; });
}

async function answered(answer) {
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(data.error || ""), { status: answer.status, answer: data });
  renew(data.token);
  return data;
}

/** GETs JSON; the error carries `status`, and the server's words as its message. */
export async function asked(url) {
  return answered(await fetch(url, { headers: HEADERS, credentials: "same-origin" }));
}

async function posted(url, body) {
  const headers = { ...HEADERS, "Content-Type": "application/json", "X-CSRFToken": token() };
  return answered(await fetch(url, { method: "POST", headers, body: JSON.stringify(body), credentials: "same-origin" }));
}

/** POSTs JSON; a token that grew old meanwhile is renewed once. The error carries `answer`. */
export async function sent(url, body) {
  try {
    return await posted(url, body);
  } catch (error) {
    if (error.status !== 400) throw error;
    const page = await fetch(location.href, { credentials: "same-origin" });
    renew(new DOMParser().parseFromString(await page.text(), "text/html").body.dataset.csrf);
    return posted(url, body);
  }
}
