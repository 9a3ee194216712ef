// The left side: pages with their questions, buttons and rules; dragged, or moved with Alt and an arrow.
import { icon } from "../../scripts/page.js";
import { button, h, sign, tool, whenReleased } from "./controls.js";
import { allFields, fieldLists, freeKey, isRequired, moveField, moveIn, nudgeField, placeOf, property } from "./model.js";
import { openPalette } from "./palette.js";
import { KINDS, kindOf } from "./widgets.js";
import { say, words } from "./words.js";

export class Outline {
  #dragged = null;

  constructor(editor, place) {
    this.editor = editor;
    this.place = place;
    this.told = h("p", { class: "visually-hidden", role: "status" });
    this.draw = this.draw.bind(this);
    for (const event of ["change", "select", "findings"]) editor.addEventListener(event, () => whenReleased(this.draw));
    editor.addEventListener("select", (event) => event.detail.focus && whenReleased(() => this.#present()?.focus()));
    this.draw();
  }

  #present() {
    return this.place.querySelector("[aria-current]");
  }

  draw() {
    const { editor } = this;
    const focused = document.activeElement?.closest?.("[data-node]")?.dataset.node;
    const top = this.place.scrollTop;
    const { content } = editor;
    const parts = [this.#node({ kind: "form" }, "settings", words(editor.isRecord ? "record_settings" : "form_settings"), content.key)];
    if (editor.isRecord) parts.push(this.#fields(fieldLists(content)[0] ?? [], 0));
    else (content.pages ?? []).forEach((page, index) => parts.push(this.#page(page, index)));
    if (!editor.isRecord) parts.push(this.#adding(), this.#outcomes());
    parts.push(h("h3", {}, words("behind")), this.#node({ kind: "rules" }, "list-check", words("rules"), "", content.rules?.length));
    if (!editor.isRecord) parts.push(this.#node({ kind: "decides" }, "transfer", words("decides"), Object.keys(content.decides ?? {}), Object.keys(content.decides ?? {}).length));
    this.place.replaceChildren(...parts.filter(Boolean), this.told);
    this.place.scrollTop = top;
    if (focused) this.place.querySelector(`[data-node="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  #node(selection, mark, label, places = [], count = 0) {
    const { editor } = this;
    const wrong = [places].flat().some((place) => place && editor.wrong(place).length);
    return h("button", {
      type: "button", class: "cf-fe-node", "data-node": JSON.stringify(selection), "aria-current": editor.is(selection) ? "true" : null,
      onclick: () => editor.select(selection),
    }, sign(mark), h("span", { class: "cf-fe-node__label" }, label), count ? h("span", { class: "cf-fe-count" }, String(count)) : "", wrong && this.#flag());
  }

  #flag() {
    return h("span", { class: "cf-fe-flag", html: icon("alert-circle", words("has_error")) });
  }

  #page(page, index) {
    const { editor } = this;
    const many = editor.content.pages.length > 1;
    const label = many ? words("page_n", { n: index + 1, title: say(page.title) }) : say(page.title) || words("page");
    const head = this.#node({ kind: "page", index }, page.visible_if ? "eye" : "file-text", label, page.key);
    head.classList.add("cf-fe-node--page");
    this.#drops(head, () => this.#put(index, 0));
    return h("section", { class: "cf-fe-page", "aria-label": label }, head, this.#fields(page.fields ?? [], index));
  }

  #fields(fields, page) {
    const { editor } = this;
    const list = h("ul", { class: "cf-fe-list" }, fields.map((field, index) => this.#field(field, page, index)));
    const add = !editor.readOnly && button(words("add_question"), () => openPalette(editor, page, fields.length), { mark: "plus", quiet: true });
    if (add) this.#drops(add, () => this.#put(page, fields.length));
    return h("div", {}, list, add && h("div", { class: "cf-fe-add" }, add));
  }

  #field(field, page, index) {
    const { editor } = this;
    const { content } = editor;
    const kind = kindOf(field, property(content, field.name));
    const label = say(field.label) || words(`kind_${kind}`);
    const node = this.#node({ kind: "field", name: field.name }, KINDS[kind].icon, label, field.name);
    if (isRequired(content, field.name)) node.append(h("span", { class: "cf-fe-mark" }, words("must")));
    if (field.visible_if) node.append(h("span", { class: "cf-fe-mark", html: icon("git-branch", words("sometimes")) }));
    node.addEventListener("keydown", (event) => this.#keys(event, field.name));
    node.setAttribute("aria-describedby", "cf-fe-keys");
    const item = h("li", { class: "cf-fe-item", draggable: editor.readOnly ? null : "true", "data-field": field.name }, !editor.readOnly && h("span", { class: "cf-fe-grip", html: icon("grip-vertical"), "aria-hidden": "true" }), node);
    item.addEventListener("dragstart", (event) => {
      this.#dragged = field.name;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", field.name);
      item.classList.add("cf-fe-item--dragged");
    });
    item.addEventListener("dragend", () => {
      this.#dragged = null;
      this.draw();
    });
    this.#drops(item, (below) => this.#put(page, index + (below ? 1 : 0)));
    return item;
  }

  /** Lets a dragged question be put down here. */
  #drops(element, put) {
    const below = (event) => {
      const box = element.getBoundingClientRect();
      return event.clientY > box.top + box.height / 2;
    };
    element.addEventListener("dragover", (event) => {
      if (!this.#dragged) return;
      event.preventDefault();
      element.dataset.drop = below(event) ? "below" : "above";
    });
    element.addEventListener("dragleave", () => delete element.dataset.drop);
    element.addEventListener("drop", (event) => {
      if (!this.#dragged) return;
      event.preventDefault();
      put(below(event));
    });
  }

  #put(page, index) {
    const name = this.#dragged;
    this.#dragged = null;
    const from = placeOf(this.editor.content, name);
    const before = from.page === page && from.index < index ? 1 : 0;
    this.editor.change((content) => moveField(content, name, page, index - before), { select: { kind: "field", name } });
    this.#tellPlace(name);
  }

  #keys(event, name) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    if (event.altKey) {
      this.nudge(name, step);
      return;
    }
    const nodes = [...this.place.querySelectorAll(".cf-fe-node")];
    nodes[nodes.indexOf(event.currentTarget) + step]?.focus();
  }

  nudge(name, step) {
    this.editor.change((content) => nudgeField(content, name, step), { select: { kind: "field", name } });
    this.#tellPlace(name);
  }

  #tellPlace(name) {
    const { page, index, field } = placeOf(this.editor.content, name);
    const place = { name: say(field.label), n: index + 1, total: fieldLists(this.editor.content)[page].length, page: page + 1 };
    this.told.textContent = words(this.editor.content.pages?.length > 1 ? "moved_page" : "moved", place);
  }

  #adding() {
    if (this.editor.readOnly) return null;
    const add = () => {
      const index = this.editor.content.pages?.length ?? 0;
      this.editor.change((content) => {
        content.pages ??= [];
        const key = freeKey(content.pages, "page");
        content.pages.push({ key, title: { zh: `第 ${index + 1} 页`, en: `Page ${index + 1}` }, fields: [] });
      }, { select: { kind: "page", index } });
    };
    return h("div", { class: "cf-fe-add cf-fe-add--page" }, button(words("add_page"), add, { mark: "file-plus", quiet: true }));
  }

  #outcomes() {
    const { editor } = this;
    const outcomes = editor.content.outcomes ?? [];
    const marks = { primary: "check", quiet: "arrow-back-up", danger: "circle-x" };
    const nodes = outcomes.map((one, index) => {
      const node = this.#node({ kind: "outcome", index }, marks[one.kind ?? "primary"] ?? "check", say(one.label) || one.key, one.key);
      node.addEventListener("keydown", (event) => {
        const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (!step || !event.altKey || !outcomes[index + step]) return;
        event.preventDefault();
        editor.change((content) => moveIn(content.outcomes, index, index + step), { select: { kind: "outcome", index: index + step } });
      });
      return h("li", {}, node);
    });
    const add = () => {
      editor.change((content) => {
        content.outcomes ??= [];
        const key = freeKey(content.outcomes, "outcome");
        content.outcomes.push({ key, label: { zh: "新的按钮", en: "New button" }, kind: outcomes.length ? "quiet" : "primary", requires: [] });
      }, { select: { kind: "outcome", index: outcomes.length } });
    };
    return h("section", { class: "cf-fe-page", "aria-label": words("outcomes") }, h("h3", {}, words("outcomes")), h("ul", { class: "cf-fe-list cf-fe-list--plain" }, nodes),
      !editor.readOnly && h("div", { class: "cf-fe-add" }, button(words("add_outcome"), add, { mark: "plus", quiet: true })));
  }
}

/** Undo, redo and the count of mistakes in the bar above. */
export function toolbar(editor, place) {
  const undo = tool("arrow-back-up", words("undo"), () => editor.undo());
  const redo = tool("arrow-forward-up", words("redo"), () => editor.redo());
  const told = h("span", { class: "cf-fe-told" });
  place.append(undo, redo, told);
  const draw = () => {
    undo.setAttribute("aria-disabled", !editor.canUndo);
    redo.setAttribute("aria-disabled", !editor.canRedo);
    const total = editor.findings.length;
    told.innerHTML = total ? icon("alert-circle") : icon("circle-check");
    told.className = `cf-fe-told cf-fe-told--${total ? "wrong" : "right"}`;
    const first = total && button(words("mistakes", { n: total }), () => editor.select(editor.whereIs(editor.findings[0].place), { focus: true }), { quiet: true, kind: "danger" });
    told.append(first || h("span", {}, words("no_mistakes", { n: allFields(editor.content).length })));
  };
  for (const event of ["change", "findings"]) editor.addEventListener(event, draw);
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    if (event.target.closest?.(".cf-fe-json, dialog")) return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) editor.redo();
    else editor.undo();
  });
  draw();
}
