// Menus that close, numbers that copy, the print button, the error summary's focus, one's place.
import { words } from "./page.js";
import { toast } from "./toast.js";

const PLACE = "certflow.place";
const PLACE_LASTS = 15000;
const STAYING = ["_add", "_pick", "_remove", "_save"];

/** details[data-menu]: closes on Escape, on a click elsewhere and when the focus leaves. */
export function menus() {
  const open = () => document.querySelectorAll("details[data-menu][open]");
  document.addEventListener("click", (event) => {
    open().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    open().forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });
  document.addEventListener("focusin", (event) => {
    open().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
}

/** [data-copy]: puts the number on the clipboard and says so. */
export function copying() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    const text = button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const field = Object.assign(document.createElement("textarea"), { value: text });
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    toast(words("copied", { text }));
  });
}

/** [data-print] and [data-back], which need script to work at all and are hidden without it. */
export function printing() {
  document.querySelectorAll("[data-print], [data-back]").forEach((button) => {
    button.hidden = button.matches("[data-back]") && history.length < 2;
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-print]")) print();
    if (event.target.closest?.("[data-back]")) history.back();
  });
}

/** What is wider than the phone opens at the present: a row of tabs, the columns of the last months. */
export function tabs() {
  for (const chart of document.querySelectorAll(".cf-columns-scroll, .cf-scroll:has(.cf-columns-chart)")) chart.scrollLeft = chart.scrollWidth;
  for (const one of document.querySelectorAll(".cf-nav [aria-current], .cf-tabs [aria-current], .cf-sidelist [aria-current], .cf-side [aria-current]")) {
    const row = one.closest(".cf-nav, .cf-tabs, .cf-sidelist, .cf-side");
    const end = one.offsetLeft + one.offsetWidth + 24;
    if (row.scrollWidth > row.clientWidth && end - row.offsetLeft > row.clientWidth) row.scrollLeft = end - row.offsetLeft - row.clientWidth;
  }
}

/** The error summary takes the focus; its links open the record and focus the field. */
export function summary() {
  const box = document.querySelector("[data-error-summary]");
  if (box && !location.hash) box.focus();
  const go = (id) => {
    const target = id && document.getElementById(id);
    if (!target) return false;
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    const focusable = "input:not([type=hidden]), select, textarea, button";
    const control = target.matches(focusable) ? target : target.querySelector(focusable) || target;
    const shown = target.closest(".cf-field") || target;
    shown.scrollIntoView({ block: "start" });
    control.focus({ preventScroll: true });
    return true;
  };
  box?.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && go(decodeURIComponent(link.hash.slice(1)))) event.preventDefault();
  });
  if (location.hash) go(decodeURIComponent(location.hash.slice(1)));
}

/** Adding, picking and removing reload the page without losing one's place on it. */
export function restorePlace() {
  document.addEventListener("submit", (event) => {
    if (!STAYING.includes(event.submitter?.name)) return;
    sessionStorage.setItem(PLACE, JSON.stringify({ path: location.pathname, y: scrollY, at: Date.now() }));
  });
  const kept = JSON.parse(sessionStorage.getItem(PLACE) || "null");
  sessionStorage.removeItem(PLACE);
  const usable = kept && kept.path === location.pathname && Date.now() - kept.at < PLACE_LASTS;
  if (usable && !location.hash && !document.querySelector("[data-error-summary]")) scrollTo(0, kept.y);
}
