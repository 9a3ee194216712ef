// Evaluating records: 1 2 3 give the verdict, Enter goes on to the next one.
import { join, nonconformity, rejoin } from "./nonconformity.js";
import { icon, words } from "./page.js";
import { changed } from "./visible.js";

const KEYS = { 1: "pass", 2: "fail", 3: "na" };
const BADGES = {
  pass: ["passed", "circle-check"],
  fail: ["mend", "x"],
  na: ["closed", "minus"],
  open: ["draft", "circle-dashed"],
};
const TYPING = "textarea, select, summary, a, button, input:not([type=radio]):not([type=checkbox])";

function verdictOf(switcher) {
  return switcher.querySelector("input:checked")?.value ?? null;
}

/** The verdict's badge in the record's head line. */
function badge(item, verdict) {
  const found = item?.querySelector("summary .cf-record__end > .cf-badge:last-of-type");
  if (!found) return;
  const [kind, mark] = BADGES[verdict ?? "open"];
  found.className = `cf-badge cf-badge--${kind}`;
  found.innerHTML = `${icon(mark)}${words(`verdict_${verdict ?? "open"}`)}`;
}

/** All verdicts of one page, in their order. */
class Review {
  constructor(area) {
    this.area = area;
    area.querySelectorAll("[data-nonconformity]").forEach(nonconformity);
    this.switches.forEach((switcher) => this.show(switcher));
    this.progress();
    area.addEventListener("change", (event) => {
      const switcher = event.target.closest("[data-verdict]");
      if (!switcher) return;
      this.show(switcher);
      this.progress();
    });
    area.addEventListener("toggle", () => this.progress(), true);
    document.addEventListener("keydown", (event) => this.key(event));
  }

  get switches() {
    return [...this.area.querySelectorAll("[data-verdict]")];
  }

  itemOf(switcher) {
    return switcher.closest("[data-review-item]");
  }

  /** The switch that keys work on: where the focus is, else the first open one without a verdict. */
  get present() {
    const focused = document.activeElement?.closest?.("[data-review-item]");
    if (focused && this.area.contains(focused)) return focused.querySelector("[data-verdict]");
    const list = this.switches;
    const open = (one) => this.itemOf(one)?.open;
    return list.find((one) => open(one) && !verdictOf(one)) || list.find((one) => !verdictOf(one)) || list.find(open) || list[0];
  }

  show(switcher) {
    const verdict = verdictOf(switcher);
    const item = this.itemOf(switcher);
    const part = (item || this.area).querySelector("[data-when-fail]");
    if (part) part.hidden = verdict !== "fail";
    const picker = (item || this.area).querySelector("[data-nonconformity]");
    if (picker && verdict === "fail") rejoin(picker);
    else if (picker?.dataset.joined) join(picker, "");
    badge(item, verdict);
  }

  /** The strip and the words above it, where the page shows every record. */
  progress() {
    const list = this.switches;
    const cells = this.area.querySelector("[data-strip]")?.children ?? [];
    if (cells.length !== list.length) return;
    const now = this.present;
    list.forEach((one, index) => { cells[index].className = verdictOf(one) || (one === now ? "now" : ""); });
    const many = (verdict) => list.filter((one) => verdictOf(one) === verdict).length;
    const say = (selector, name, values) => {
      const element = this.area.querySelector(selector);
      if (element) element.textContent = words(name, values);
    };
    this.area.querySelectorAll(".cf-records").forEach((group) => {
      const counted = [...group.querySelectorAll("[data-verdict]")];
      const counter = group.parentElement.querySelector(".cf-section__head small");
      if (counter && counted.length) counter.textContent = `${counted.filter(verdictOf).length}/${counted.length}`;
    });
    say("[data-judged]", "judged", { done: list.filter(verdictOf).length, total: list.length });
    say("[data-tally]", "tally", { pass: many("pass"), fail: many("fail"), na: many("na") });
  }

  /** Enter: save and next where the page has one record, else open the next record without a verdict. */
  goOn() {
    const next = (this.area.closest("form") || this.area).querySelector("[data-next]");
    if (next) {
      next.click();
      return;
    }
    const list = this.switches;
    const here = this.present;
    const open = (one) => !verdictOf(one) && one !== here;
    const after = list.slice(list.indexOf(here) + 1).find(open) || list.find(open);
    if (!after) return;
    if (this.itemOf(here)) this.itemOf(here).open = false;
    const item = this.itemOf(after);
    if (item) item.open = true;
    after.querySelector("input").focus({ preventScroll: true });
    (item || after).scrollIntoView({ block: "center" });
    this.progress();
  }

  judge(switcher, verdict) {
    const input = switcher?.querySelector(`input[value="${verdict}"]:not(:disabled)`);
    if (!input) return false;
    const item = this.itemOf(switcher);
    if (item) item.open = true;
    input.checked = true;
    input.focus({ preventScroll: true });
    changed(input);
    return true;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.matches(TYPING)) return;
    const outside = event.target !== document.body && !this.area.contains(event.target);
    if (event.key === "Enter" && !outside) {
      event.preventDefault();
      this.goOn();
    } else if (KEYS[event.key] && !outside && this.judge(this.present, KEYS[event.key])) event.preventDefault();
  }
}

export function review(area) {
  return new Review(area);
}
