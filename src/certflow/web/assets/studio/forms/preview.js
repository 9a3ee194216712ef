// How the form will look: drawn by the server from what is not saved yet, in a frame of its own.
// One can type in it and turn pages; nothing is kept and nothing is sent anywhere.

import { each } from "../../scripts/page.js";
import { records } from "../../scripts/records.js";
import { visibility } from "../../scripts/visible.js";
import { sent } from "../draft/sending.js";
import { about, words } from "./words.js";

const PATIENCE = 350;
const WIDTHS = { desktop: 832, phone: 390 }; // the narrowest that is drawn as on a desk

export class Preview {
  #timer = 0;
  #asked = 0;
  #state = { locale: about.locale, fill: "empty", width: "desktop", page: "", data: {}, posted: [] };

  constructor(editor, place) {
    this.editor = editor;
    this.#state.page = editor.page ?? "";
    this.place = place;
    this.stage = place.querySelector("[data-stage]");
    this.said = place.querySelector("[data-preview-said]");
    this.frame = document.createElement("iframe");
    this.frame.title = words("preview");
    this.frame.setAttribute("sandbox", "allow-same-origin");
    this.frame.className = "cf-fe-frame";
    this.stage.append(this.frame);
    place.querySelectorAll("[data-set]").forEach((control) => control.addEventListener("change", () => this.#set(control)));
    editor.addEventListener("change", () => this.later());
    editor.addEventListener("select", () => this.#follow());
    new ResizeObserver(() => this.#fit()).observe(this.stage);
    this.#fit();
    this.ask();
  }

  #say(text, note = false) {
    this.said.textContent = text;
    this.said.hidden = !text;
    this.said.classList.toggle("cf-fe-said--note", note);
  }

  #set(control) {
    this.#state[control.dataset.set] = control.value;
    if (control.dataset.set === "fill") this.#forget();
    if (control.dataset.set === "width") this.#fit();
    else this.ask();
  }

  #forget() {
    Object.assign(this.#state, { data: {}, posted: [] });
    this.form?.remove();
  }

  /** The frame has the width of the device; a narrow place shows it smaller. */
  #fit() {
    this.stage.dataset.width = this.#state.width;
    const room = this.stage.clientWidth;
    const { paddingTop, paddingBottom } = getComputedStyle(this.stage);
    const tall = this.stage.clientHeight - parseFloat(paddingTop) - parseFloat(paddingBottom);
    const phone = this.#state.width === "phone";
    const width = phone ? WIDTHS.phone : Math.max(WIDTHS.desktop, room);
    const scale = Math.min(1, room / width);
    this.frame.style.width = `${width}px`;
    this.frame.style.height = `${tall / scale}px`;
    this.frame.style.transform = scale < 1 ? `scale(${scale})` : "";
    this.frame.style.marginLeft = `${Math.max(0, (room - width * scale) / 2)}px`;
  }

  get page() {
    return this.frame.contentDocument;
  }

  get form() {
    return this.page?.querySelector("form");
  }

  later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.ask(), PATIENCE);
  }

  #follow() {
    const page = this.editor.page;
    if (page && page !== this.#state.page) {
      this.#state.page = page;
      this.ask();
    } else this.#light();
  }

  /** What was typed on the page that is shown; files are never read. */
  #typed() {
    return this.form ? [...new FormData(this.form)].filter(([, value]) => typeof value === "string") : this.#state.posted;
  }

  async ask(go = "") {
    clearTimeout(this.#timer);
    const mine = (this.#asked += 1);
    const { locale, fill, data, page } = this.#state;
    const content = this.editor.content;
    try {
      const answer = await sent(about.preview, { content, locale, fill, data, page, go, posted: this.#typed() });
      if (mine !== this.#asked) return;
      Object.assign(this.#state, { page: answer.page, data: answer.data, posted: [] });
      this.editor.find(answer.findings);
      this.#show(answer.html);
    } catch (error) {
      if (mine !== this.#asked) return;
      this.#say(error.message || words("no_preview"));
    }
  }

  #show(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const loaded = this.page?.querySelector("main");
    if (!loaded) {
      this.frame.addEventListener("load", () => this.#ready(), { once: true });
      this.frame.srcdoc = html;
      return;
    }
    this.page.documentElement.lang = fresh.documentElement.lang;
    this.page.body.replaceChildren(...fresh.body.childNodes);
    this.#live();
  }

  #ready() {
    const page = this.page;
    page.addEventListener("click", (event) => this.#clicked(event));
    page.addEventListener("submit", (event) => event.preventDefault());
    page.addEventListener("change", () => this.#judge());
    this.#live();
  }

  /** Reasons are asked for only where something fails. */
  #judge() {
    this.page.querySelectorAll("[data-review-item]").forEach((item) => {
      const failed = item.querySelector('input[value="fail"]')?.checked === true;
      item.querySelectorAll("[data-when-fail]").forEach((part) => { part.hidden = !failed; });
    });
  }

  #live() {
    this.#judge();
    each("form", visibility, this.page);
    each("[data-records]", records, this.page);
    this.#light();
  }

  #clicked(event) {
    const { target } = event;
    const pressed = target.closest("button");
    if (pressed || target.closest("a") || target.type === "file") event.preventDefault();
    if (pressed?.name === "_go") this.ask(pressed.value.replace(/^page:/, ""));
    const field = this.#fieldAt(target);
    if (field) this.editor.select({ kind: "field", name: field });
    else if (pressed?.name === "_outcome") {
      const index = (this.editor.content.outcomes ?? []).findIndex((one) => one.key === pressed.value);
      if (index >= 0) this.editor.select({ kind: "outcome", index });
    }
  }

  #fieldAt(target) {
    const holder = target.closest("[data-records], [data-review], .cf-field, .cf-notice-field");
    const list = target.closest("[data-records]")?.dataset.records ?? holder?.dataset.review;
    const name = list ?? holder?.querySelector("[name]:not([name^=_])")?.name;
    return name?.split(".")[0];
  }

  /** A ring around the question whose settings are shown. */
  #light() {
    const { kind, name } = this.editor.selection;
    this.page?.querySelectorAll("[data-lit]").forEach((one) => one.removeAttribute("data-lit"));
    this.#say("");
    if (kind !== "field" || !this.page) return;
    const control = this.page.getElementById(`f-${name}`) ?? this.page.querySelector(`[name="${CSS.escape(name)}"]`);
    const holder = control?.closest("[data-records], [data-review], .cf-field, .cf-notice-field");
    if (!holder) return;
    if (holder.hidden) this.#say(words("not_shown"), true);
    holder.setAttribute("data-lit", "");
    holder.scrollIntoView({ block: "nearest" });
  }
}

