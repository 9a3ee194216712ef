// form[data-inbox]: select rows (also with Shift), the bulk bar, j k to move, c to claim, x to select.
import { words } from "./page.js";

export function inbox(form) {
  const rows = [...form.querySelectorAll("[data-row]")];
  const pickOf = (row) => row.querySelector(".cf-pick");
  const all = form.querySelector("[data-pick-all]");
  const bar = form.querySelector("[data-bulk]");
  let cursor = -1;
  let last = -1;

  const count = () => {
    const picks = rows.map(pickOf).filter(Boolean);
    const chosen = picks.filter((pick) => pick.checked).length;
    if (bar) {
      bar.hidden = chosen === 0;
      const words_ = bar.querySelector("[data-bulk-count]");
      if (words_) words_.textContent = words("selected", { count: chosen });
    }
    if (all) {
      all.checked = chosen > 0 && chosen === picks.length;
      all.indeterminate = chosen > 0 && chosen < picks.length;
    }
  };
  const setAll = (on) => {
    rows.forEach((row) => { const pick = pickOf(row); if (pick && !pick.disabled) pick.checked = on; });
    count();
  };

  all?.addEventListener("change", () => setAll(all.checked));
  form.querySelector("[data-bulk-clear]")?.addEventListener("click", () => setAll(false));
  form.addEventListener("change", count);
  form.addEventListener("click", (event) => {
    const pick = event.target.closest(".cf-pick");
    if (!pick) return;
    const index = rows.indexOf(pick.closest("[data-row]"));
    if (event.shiftKey && last >= 0) {
      const [from, to] = [Math.min(last, index), Math.max(last, index)];
      rows.slice(from, to + 1).forEach((row) => { const one = pickOf(row); if (one) one.checked = pick.checked; });
    }
    last = index;
    count();
  });

  const move = (step) => {
    if (!rows.length) return;
    rows[cursor]?.classList.remove("cf-cursor");
    cursor = Math.min(Math.max(cursor + step, 0), rows.length - 1);
    const row = rows[cursor];
    row.classList.add("cf-cursor");
    row.querySelector("[data-open], a[href]")?.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    c: () => rows[cursor]?.querySelector("[data-claim]")?.click(),
    x: () => rows[cursor] && pickOf(rows[cursor])?.click(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    if (event.target.matches("input:not([type=checkbox]), textarea, select")) return;
    event.preventDefault();
    keys[event.key]();
  });
  count();
}
