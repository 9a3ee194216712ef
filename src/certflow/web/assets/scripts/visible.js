// [data-visible-when]: shows a field when its condition on other fields holds. The condition is a form's
// visible_if; what this small reader does not understand stays as the server drew it.
import { holds } from "./condition.js";

/** Tells the form that something changed that fires no event of its own. */
export function changed(element) {
  element.dispatchEvent(new Event("change", { bubbles: true }));
}

/** The answer a name stands for: text, list of a checkbox group, true/false, null when empty. */
function answer(form, name) {
  const found = form.elements.namedItem(name);
  if (!found) return undefined;
  const listed = found.tagName ? [found] : [...found]; // a group's fieldset may bear the name as its id
  const controls = listed.filter((one) => one.type !== "hidden" && one.type !== "fieldset");
  const type = controls[0]?.type;
  if (type === "checkbox" && controls[0].value === "true") return controls[0].checked;
  if (type === "checkbox") return controls.filter((one) => one.checked).map((one) => one.value);
  if (type === "radio") {
    const chosen = controls.find((one) => one.checked)?.value ?? null;
    return { true: true, false: false }[chosen] ?? chosen; // a yes/no question
  }
  return controls[0] ? controls[0].value || null : undefined;
}

/** "audit.3f." for a field inside a record: its condition names its neighbours. */
function prefixOf(element) {
  const name = element.querySelector("[name]:not([name^=_])")?.name ?? "";
  return name.includes(".") ? name.slice(0, name.lastIndexOf(".") + 1) : "";
}

export function visibility(form) {
  const check = () => {
    form.querySelectorAll("[data-visible-when]").forEach((element) => {
      const prefix = prefixOf(element);
      const lookup = (name) => answer(form, prefix + name) ?? answer(form, name);
      const shown = holds(element.dataset.visibleWhen, lookup);
      if (shown !== undefined) element.hidden = !shown;
    });
  };
  form.addEventListener("input", check);
  form.addEventListener("change", check);
  check();
}
