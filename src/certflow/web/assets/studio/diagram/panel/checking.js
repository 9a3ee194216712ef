// Says while one types whether an expression can be understood.
import { escaped, icon } from "../../../scripts/page.js";
import { sent } from "../../draft/sending.js";

const PATIENCE = 500;

/** Watches the control in `box`: a mistake stands under it, without keeping anybody from typing on. */
export function checkText(box, element, panel) {
  const control = box.querySelector("input, textarea");
  if (panel.readOnly || !control) return;
  const place = document.createElement("p");
  place.className = "cf-prop__said";
  place.setAttribute("role", "status");
  box.append(place);
  let asked = 0;
  let timer = 0;
  const check = async () => {
    const mine = (asked += 1);
    const text = control.value.trim();
    const answer = text ? await sent(`${panel.draft.url}/condition`, { text, element: element.id }).catch(() => null) : null;
    if (mine !== asked) return;
    const message = answer?.message ?? "";
    place.className = `cf-prop__said${message ? ` cf-prop__said--${answer.ok ? "warning" : "error"}` : ""}`;
    place.innerHTML = message ? `${icon(answer.ok ? "alert-triangle" : "alert-circle")}<span>${escaped(message)}</span>` : "";
  };
  control.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(check, PATIENCE);
  });
  if (control.value.trim()) check();
}
