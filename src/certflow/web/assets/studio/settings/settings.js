// The settings of a service: a form over service.json, saved as a part of the draft.
import "./settings.css";
import { toast } from "../../scripts/toast.js";
import { mayEdit, openPart } from "../draft.js";
import { findings } from "../findings.js";
import { complaint, drawn, element } from "./controls.js";
import { hidePointless, read, written } from "./groups.js";
import { page, shape, words } from "./shape.js";

let content = {};
let part = null;

/** One setting has another value (undefined: it is gone; `undo` what it was, to have it back). */
function given(path, value, { undo, again } = {}) {
  content = written(content, path, value);
  part.save(content);
  hidePointless(page);
  if (path === "fee.by") { // the amounts are called after its values
    draw();
    page.querySelector('[data-path="fee.by"] select')?.focus();
  }
  if (undo !== undefined) toast(words("removed"), () => { given(path, undo); again?.(); });
}

const index = document.querySelector(".cf-settings__index");

/** Shows one section; the others wait behind their names at the side. */
function turnTo(key) {
  const wanted = page.querySelector(`[data-section="${CSS.escape(key)}"]`) ?? page.querySelector("[data-section]");
  for (const section of page.querySelectorAll("[data-section]")) section.hidden = section !== wanted;
  for (const link of index.querySelectorAll("a")) {
    if (link.hash === `#${wanted.dataset.section}`) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

index.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link) return;
  event.preventDefault();
  history.replaceState(null, "", link.hash);
  turnTo(link.hash.slice(1));
});

function draw() {
  const open = [...page.querySelectorAll("details[open][data-path]")].map((one) => one.dataset.path);
  const sections = shape.sections.map((section) => {
    const fields = section.fields.map((field) => drawn(field, read(content, field.path), given));
    const head = element("div", "cf-card__head", [element("h2", "", section.title)]);
    const body = element("div", "cf-card__body cf-stack", fields);
    return element("section", "cf-card", [head, body], { id: section.key, "data-section": section.key });
  });
  page.replaceChildren(...sections, others());
  for (const path of open) page.querySelector(`details[data-path="${CSS.escape(path)}"]`)?.setAttribute("open", "");
  hidePointless(page);
  turnTo(location.hash.slice(1));
  complain(findings.all);
}

/** What this page knows no field for is kept, and can be changed as JSON. */
function others() {
  const rest = Object.fromEntries(Object.entries(content).filter(([key]) => !shape.known.includes(key)));
  const area = element("textarea", "cf-input cf-input--code", "", { id: "others", rows: 4, spellcheck: "false", disabled: shape.readOnly, "aria-describedby": "others-help" });
  const error = element("div", "cf-error", "", { hidden: true });
  area.value = JSON.stringify(rest, null, 2);
  const apply = () => {
    const found = parsed(area.value);
    const taken = found && Object.keys(found).find((key) => shape.known.includes(key));
    error.hidden = Boolean(found) && !taken;
    error.textContent = taken ? words("others_known", { name: taken }) : words("others_wrong");
    area.toggleAttribute("aria-invalid", !error.hidden);
    if (!error.hidden) return;
    const kept = Object.fromEntries(Object.entries(content).filter(([key]) => shape.known.includes(key)));
    content = { ...kept, ...found };
    part.save(content);
  };
  area.addEventListener("input", apply);
  const body = element("div", "cf-card__body", [element("label", "cf-label", words("others"), { for: "others" }), element("div", "cf-help", words("others_help"), { id: "others-help" }), complaint("others"), error, area]);
  return element("section", "cf-card", [body], { id: "other", "data-section": "other" });
}

function parsed(text) {
  try {
    const found = JSON.parse(text || "{}");
    return found && typeof found === "object" && !Array.isArray(found) ? found : null;
  } catch {
    return null;
  }
}

/** The complaint that is nearest to a path: its own, or that of what holds it. */
function nearest(path) {
  for (let at = path; at; at = at.includes(".") ? at.slice(0, at.lastIndexOf(".")) : "") {
    const found = page.querySelector(`[data-complaint="${CSS.escape(at)}"]`);
    if (found) return found;
  }
  return page.querySelector('[data-complaint="others"]');
}

/** Says at each field what is wrong there. */
function complain(list) {
  for (const one of page.querySelectorAll("[data-complaint]")) {
    one.hidden = true;
    one.textContent = "";
    one.parentElement.classList.remove("cf-field--error");
    one.parentElement.querySelector(":scope > input, :scope > textarea, :scope > select")?.removeAttribute("aria-invalid");
  }
  for (const one of list.filter((each) => each.part === "service" && each.place)) {
    const place = nearest(one.place);
    place.hidden = false;
    place.classList.toggle("cf-error--soft", one.severity !== "error");
    place.append(element("span", "", one.message));
    if (one.severity !== "error") continue;
    place.parentElement.classList.add("cf-field--error");
    place.parentElement.querySelector(":scope > input, :scope > textarea, :scope > select")?.setAttribute("aria-invalid", "true");
  }
  for (const link of index.querySelectorAll("a")) {
    const wrong = page.querySelectorAll(`[data-section="${CSS.escape(link.hash.slice(1))}"] .cf-field--error`).length;
    link.querySelector("b")?.remove();
    if (wrong) link.append(element("b", "", words("wrong", { n: wrong })));
  }
}

/** Brings a setting into sight and puts the cursor there. */
function light(one) {
  if (one.part !== "service") return false;
  const place = nearest(one.place ?? "");
  if (!place) return false;
  turnTo(place.closest("[data-section]").dataset.section);
  for (let holder = place.closest("details"); holder; holder = holder.parentElement.closest("details")) holder.open = true;
  place.parentElement.scrollIntoView({ block: "center" });
  place.parentElement.querySelector("input, textarea, select, button")?.focus({ preventScroll: true });
  return true;
}

part = await openPart("service", { title: page.dataset.title, apply: (fresh) => { content = fresh; draw(); } });
content = part.content;
shape.readOnly = !mayEdit;
shape.value = (path) => read(content, path);
draw();
findings.subscribe(complain);
findings.onLight(light);
