// What stands in the way of publishing: fetched after each save, listed in [data-findings], lit by the editors.
//
//   findings.subscribe((list) => ...)   every time there is a new list (at once when there is one)
//   findings.of("form:apply")           those of one part
//   findings.onLight((one) => ...)      light one's place; return true when it is on this page
//   findings.refresh()                  ask again; happens by itself after the event "studio:saved"
//
// Each finding: {part, place, where, message, severity: "error" | "warning", url}.
import { escaped, icon } from "../scripts/page.js";

const PATIENCE = 300; // saves come in bursts
const panel = document.querySelector("[data-findings]");
const words = JSON.parse(panel?.dataset.words ?? "{}");
const listeners = new Set();
const lighters = new Set();
let list = null;
let timer = 0;
let asked = 0;

const filled = (name, n) => (words[name] ?? "").replace("{n}", n);

/** "2 个错误 3 条提醒", or that there is nothing. */
function counted() {
  const errors = list.filter((one) => one.severity === "error").length;
  const warnings = list.length - errors;
  if (!list.length) return `<span class="cf-state cf-state--passed">${icon("circle-check")}${escaped(words.none)}</span>`;
  const parts = [];
  if (errors) parts.push(`<span class="cf-state cf-state--mend">${icon("alert-circle")}${escaped(filled("errors", errors))}</span>`);
  if (warnings) parts.push(`<span class="cf-state cf-state--due">${icon("alert-triangle")}${escaped(filled("warnings", warnings))}</span>`);
  return parts.join(" ");
}

function row(one) {
  const error = one.severity === "error";
  const sign = icon(error ? "alert-circle" : "alert-triangle", words[one.severity]);
  const place = `<b>${escaped(one.where)}</b> ${escaped(one.message)}`;
  return `<li class="cf-finding cf-finding--${error ? "error" : "warning"}"><a href="${escaped(one.url)}">${sign}<span>${place}</span></a></li>`;
}

function draw() {
  if (!panel) return;
  panel.querySelector("[data-findings-count]").innerHTML = counted();
  const rows = panel.querySelector("[data-findings-list]");
  rows.innerHTML = list.map(row).join("");
  rows.querySelectorAll("a").forEach((link, index) => {
    link.addEventListener("click", (event) => {
      if (light(list[index])) event.preventDefault();
    });
  });
}

function open(shown) {
  panel.querySelector("[data-findings-toggle]").setAttribute("aria-expanded", shown);
  panel.querySelector("[data-findings-list]").hidden = !shown;
}

/** Asks the editors of this page; true when one of them has the place. */
function light(one) {
  return [...lighters].map((lighter) => lighter(one)).includes(true);
}

async function fetchList() {
  const mine = ++asked;
  try {
    const answer = await fetch(panel.dataset.url, { credentials: "same-origin", headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`the findings answered ${answer.status}`);
    const data = await answer.json();
    if (mine !== asked) return; // a later question is under way
    list = data.findings;
    draw();
    listeners.forEach((listener) => listener(list));
  } catch (error) {
    console.warn(error);
    panel.querySelector("[data-findings-count]").textContent = words.failed;
  }
}

export const findings = {
  get all() {
    return list ?? [];
  },
  of(part) {
    return this.all.filter((one) => one.part === part);
  },
  subscribe(listener) {
    listeners.add(listener);
    if (list) listener(list);
    return () => listeners.delete(listener);
  },
  /** Also lights at once what the page's address names (?part=...&place=...). */
  onLight(lighter) {
    lighters.add(lighter);
    const address = new URLSearchParams(location.search);
    const [part, place] = [address.get("part"), address.get("place")];
    if (part && place) lighter({ part, place });
  },
  refresh() {
    if (!panel) return;
    clearTimeout(timer);
    timer = setTimeout(fetchList, PATIENCE);
  },
};

if (panel) {
  panel.querySelector("[data-findings-toggle]").addEventListener("click", (event) => {
    open(event.currentTarget.getAttribute("aria-expanded") !== "true");
  });
  addEventListener("studio:saved", () => findings.refresh());
  fetchList();
}
