// The picker of non-conformities: drafts the words for the applicant and joins the opinion once.
import { changed } from "./visible.js";

const drafted = new WeakMap(); // textarea -> the words we wrote last

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
export function join(picker, line) {
  const opinion = document.getElementById(picker.dataset.joins);
  if (!opinion) return;
  const before = picker.dataset.joined;
  const lines = opinion.value.split("\n");
  const at = before ? lines.indexOf(before) : -1;
  if (at >= 0) lines.splice(at, 1, ...(line ? [line] : []));
  else if (line && !lines.includes(line)) lines.push(line);
  opinion.value = lines.join("\n").replace(/^\n+/, "");
  picker.dataset.joined = line;
  changed(opinion);
}

/** "审核经历第 3 条 J-07 见证条款不全" */
function lineOf(picker, item) {
  const code = item.querySelector("code").textContent;
  const title = item.querySelector("b").textContent;
  return `${picker.dataset.subject ? `${picker.dataset.subject} ` : ""}${code} ${title}`;
}

/** Joins the opinion with what is still chosen: a verdict that went back to "fail" says it again. */
export function rejoin(picker) {
  const chosen = picker.querySelector("input:checked")?.closest("label");
  if (chosen && !picker.dataset.joined) join(picker, lineOf(picker, chosen));
}

/** Hides what does not contain the words typed, but never what is chosen. */
function narrowing(picker, field) {
  field.addEventListener("input", (event) => {
    event.stopPropagation();
    const wanted = field.value.trim().toLowerCase();
    picker.querySelectorAll("label").forEach((label) => {
      const kept = label.textContent.toLowerCase().includes(wanted) || label.querySelector("input").checked;
      label.hidden = !kept;
    });
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}

export function nonconformity(picker) {
  const chosen = picker.querySelector("input:checked")?.closest("label");
  if (chosen) {
    picker.dataset.joined = lineOf(picker, chosen);
    const remark = document.getElementById(picker.dataset.remark);
    if (remark && remark.value === chosen.dataset.words) drafted.set(remark, remark.value);
  }
  picker.addEventListener("change", (event) => {
    const item = event.target.closest("label");
    if (!item || event.target.type !== "radio") return;
    draft(document.getElementById(picker.dataset.remark), item.dataset.words);
    join(picker, lineOf(picker, item));
  });
  const field = picker.querySelector("[data-narrow]");
  if (field) narrowing(picker, field);
}
