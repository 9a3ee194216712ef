// Evaluating records: 1 2 3 give the verdict, Enter goes on; a non-conformity drafts the words and
// joins the opinion once.
import { icon, words } from "./page.js";
import { changed } from "./visible.js";

const KEYS = { 1: "pass", 2: "fail", 3: "na" };
const BADGES = { pass: ["passed", "circle-check"], fail: ["mend", "x"], na: ["closed", "minus"], open: ["draft", "circle-dashed"] };
const drafted = new WeakMap(); // textarea -> the words we wrote last

function verdictOf(switcher) {
  return switcher.querySelector("input:checked")?.value ?? null;
}

/** Writes the drafted words, unless the expert has written words of their own. */
function draft(textarea, text) {
  if (!textarea) return;
  const own = textarea.value.trim() && textarea.value !== drafted.get(textarea);
  if (own) return;
  textarea.value = text;
  drafted.set(textarea, text);
  changed(textarea);
}

/** Adds one line to the opinion, in place of the line this picker added before. */
function join(picker, line) {
  const opinion = document.getElementById(picker.dataset.joins);
  if (!opinion) return;
  const before = picker.dataset.joined;
  if (before && opinion.value.includes(before)) opinion.value = opinion.value.replace(before, line).replace(/^\n+|\n+$/g, "").replace(/\n{2,}/g, "\n");
  else if (line && !opinion.value.includes(line)) opinion.value = [opinion.value.trimEnd(), line].filter(Boolean).join("\n");
  picker.dataset.joined = line;
  changed(opinion);
}

/** The picker of non-conformities: choose, narrow down. */
function nonconformity(picker) {
  const line = (item) => {
    const code = item.querySelector("code").textContent;
    const title = item.querySelector("b").textContent;
    return `${picker.dataset.subject ? `${picker.dataset.subject} ` : ""}${code} ${title}`;
  };
  const chosen = () => picker.querySelector("input:checked")?.closest("label");
  if (chosen()) {
    picker.dataset.joined = line(chosen());
    const remark = document.getElementById(picker.dataset.remark);
    if (remark && remark.value === chosen().dataset.words) drafted.set(remark, remark.value);
  }
  picker.addEventListener("change", (event) => {
    const item = event.target.closest("label");
    if (!item || event.target.type !== "radio") return;
    draft(document.getElementById(picker.dataset.remark), item.dataset.words);
    join(picker, line(item));
  });
  const narrow = picker.querySelector("[data-narrow]");
  narrow?.addEventListener("input", (event) => {
    event.stopPropagation();
    const wanted = narrow.value.trim().toLowerCase();
    picker.querySelectorAll("label").forEach((label) => {
      label.hidden = Boolean(wanted) && !label.textContent.toLowerCase().includes(wanted) && !label.querySelector("input").checked;
    });
  });
  narrow?.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
}

export function review(area) {
  const switches = () => [...area.querySelectorAll("[data-verdict]")];
  const itemOf = (switcher) => switcher.closest("[data-review-item]");
  const present = () => {
    const focused = document.activeElement?.closest?.("[data-review-item]");
    if (focused && area.contains(focused)) return focused.querySelector("[data-verdict]");
    const list = switches();
    return list.find((one) => itemOf(one)?.open && !verdictOf(one)) || list.find((one) => !verdictOf(one)) || list.find((one) => itemOf(one)?.open) || list[0];
  };

  const show = (switcher) => {
    const verdict = verdictOf(switcher);
    const item = itemOf(switcher);
    const part = (item || area).querySelector("[data-when-fail]");
    if (part) part.hidden = verdict !== "fail";
    const picker = (item || area).querySelector("[data-nonconformity]");
    if (picker?.dataset.joined && verdict !== "fail") join(picker, "");
    const badge = item?.querySelector("summary .cf-record__end > .cf-badge:last-of-type");
    if (!badge) return;
    const [kind, mark] = BADGES[verdict ?? "open"];
    badge.className = `cf-badge cf-badge--${kind}`;
    badge.innerHTML = `${icon(mark)}${words(`verdict_${verdict ?? "open"}`)}`;
  };
  const progress = () => {
    const list = switches();
    const cells = area.querySelector("[data-strip]")?.children ?? [];
    if (cells.length !== list.length) return;
    const now = present();
    list.forEach((one, index) => { cells[index].className = verdictOf(one) || (one === now ? "now" : ""); });
    const done = list.filter(verdictOf).length;
    const counter = area.querySelector("[data-judged]");
    if (counter) counter.textContent = words("judged", { done, total: list.length });
    const tally = area.querySelector("[data-tally]");
    const many = (verdict) => list.filter((one) => verdictOf(one) === verdict).length;
    if (tally) tally.textContent = words("tally", { pass: many("pass"), fail: many("fail"), na: many("na") });
  };

  const goOn = () => {
    const next = area.querySelector("[data-next]") || area.closest("form")?.querySelector("[data-next]");
    if (next) {
      next.click();
      return;
    }
    const list = switches();
    const here = present();
    const after = list.slice(list.indexOf(here) + 1).find((one) => !verdictOf(one)) || list.find((one) => !verdictOf(one));
    if (!after || after === here) return;
    if (itemOf(here)) itemOf(here).open = false;
    const item = itemOf(after);
    if (item) item.open = true;
    (after.querySelector("input:checked") || after.querySelector("input")).focus({ preventScroll: true });
    (item || after).scrollIntoView({ block: "center" });
    progress();
  };

  area.querySelectorAll("[data-nonconformity]").forEach(nonconformity);
  switches().forEach(show);
  progress();
  area.addEventListener("change", (event) => {
    const switcher = event.target.closest("[data-verdict]");
    if (!switcher) return;
    show(switcher);
    progress();
  });
  area.addEventListener("toggle", progress, true);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const target = event.target;
    if (target.matches("textarea, select, summary, a, button, input:not([type=radio]):not([type=checkbox])")) return;
    if (target.closest("[data-nonconformity]") && event.key !== "Enter") return;
    const verdict = KEYS[event.key];
    const input = verdict && present()?.querySelector(`input[value="${verdict}"]:not(:disabled)`);
    if (input) {
      event.preventDefault();
      const item = itemOf(present());
      if (item) item.open = true;
      input.checked = true;
      input.focus({ preventScroll: true });
      changed(input);
    } else if (event.key === "Enter") {
      event.preventDefault();
      goOn();
    }
  });
}
