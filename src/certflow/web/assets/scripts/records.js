// [data-records]: adds a record from its <template>, removes one (with a way back), keeps the numbers.
import { each, words } from "./page.js";
import { toast } from "./toast.js";
import { upload } from "./upload.js";
import { library } from "./library.js";
import { changed } from "./visible.js";

const BLANK = /__id__/g;

/** A new record's id: stable from the first save on, also where randomUUID is missing (plain http). */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The template's copy with its own id in every attribute. */
function fresh(template, id) {
  const copy = template.content.cloneNode(true);
  copy.querySelectorAll("*").forEach((element) => {
    for (const attribute of [...element.attributes]) {
      if (attribute.value.includes("__id__")) element.setAttribute(attribute.name, attribute.value.replace(BLANK, id));
    }
  });
  return copy.firstElementChild;
}

export function records(group) {
  const list = group.querySelector("[data-list]");
  const template = group.querySelector("template[data-blank]");
  const add = group.querySelector("[data-add]");
  if (!list || !template || !add) return;
  const most = Number(group.dataset.max) || Infinity;
  const cards = () => [...list.children].filter((card) => card.matches("[data-record]"));

  const count = () => {
    cards().forEach((card, index) => {
      const number = card.querySelector("[data-number]");
      if (number) number.textContent = index + 1;
    });
    const total = group.querySelector("[data-total]");
    const several = cards().length === 1 ? total?.dataset.one : total?.dataset.total.replace("{n}", cards().length);
    if (several && cards().length) total.textContent = several;
    const full = cards().length >= most;
    add.setAttribute("aria-disabled", full);
    add.title = full ? words("record_limit", { limit: most }) : "";
  };

  add.addEventListener("click", (event) => {
    event.preventDefault();
    if (cards().length >= most) {
      toast(words("record_limit", { limit: most }));
      return;
    }
    const card = fresh(template, newId());
    list.append(card);
    each("[data-upload]", upload, card);
    each("[data-library]", library, card);
    card.open = true;
    count();
    changed(group);
    card.scrollIntoView({ block: "nearest" });
    card.querySelector(".cf-record__body :is(input:not([type=hidden]), select, textarea)")?.focus();
  });

  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-remove]");
    if (!button) return;
    event.preventDefault();
    const card = button.closest("[data-record]");
    const number = cards().indexOf(card) + 1;
    const next = card.nextSibling;
    card.remove();
    count();
    changed(group);
    add.focus({ preventScroll: true });
    toast(words("removed", { number }), () => {
      list.insertBefore(card, next && next.parentNode === list ? next : null);
      count();
      changed(group);
    });
  });

  list.addEventListener("input", (event) => {
    const card = event.target.closest("[data-record]");
    const heading = card?.querySelector("[data-heading]");
    const first = card?.querySelector('.cf-record__body input[type="text"]');
    if (heading && first === event.target && first.value.trim()) heading.textContent = first.value.trim();
  });
  count();
}
