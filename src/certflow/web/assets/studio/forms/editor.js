// What is being edited, what is selected, undo and redo; the outline, the panel and the preview follow.
import { History } from "./history.js";
import { allFields, nameFrom, placeOf, renamedBetween, renameField } from "./model.js";
import { about } from "./words.js";

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

export class Editor extends EventTarget {
  #history = new History();
  #new = new Set();
  findings = [];
  #own = [];
  #others = [];

  /** `part` is the open part of the draft. */
  constructor(part) {
    super();
    this.part = part;
    this.content = structuredClone(part.content);
    this.readOnly = part.readOnly;
    this.isRecord = about.group === "record";
    const first = allFields(this.content)[0];
    this.selection = first ? { kind: "field", name: first.name } : { kind: "form" };
  }

  /** Changes the content by `act`; typing with the same `merge` is one step of undo. */
  change(act, { merge = null, redraw = true, select = null } = {}) {
    if (this.readOnly) return;
    const before = structuredClone(this.content);
    act(this.content);
    if (same(before, this.content)) return;
    this.#history.note({ content: before, selection: this.selection }, merge);
    if (select) this.selection = select;
    this.#keep(before);
    this.#tell("change", { redraw: redraw || Boolean(select) });
  }

  /** Typing: the panel stays as it is. */
  type(merge, act) {
    this.change(act, { merge, redraw: false });
  }

  #keep(before) {
    this.part.save(structuredClone(this.content));
    const renamed = renamedBetween(before, this.content);
    if (renamed) this.#tell("renamed", renamed);
  }

  #tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** Somebody else's content, or both merged. */
  replace(content) {
    this.#history.note({ content: this.content, selection: this.selection });
    this.content = structuredClone(content);
    this.#settle();
    this.#tell("change", { redraw: true });
  }

  get canUndo() {
    return this.#history.canUndo;
  }

  get canRedo() {
    return this.#history.canRedo;
  }

  undo() {
    this.#restore(this.#history.undo({ content: this.content, selection: this.selection }));
  }

  redo() {
    this.#restore(this.#history.redo({ content: this.content, selection: this.selection }));
  }

  #restore(found) {
    if (!found) return;
    const before = this.content;
    this.content = structuredClone(found.content);
    this.selection = found.selection;
    this.#settle();
    this.#keep(before);
    this.#tell("change", { redraw: true });
  }

  /** A selection that is gone becomes the form itself. */
  #settle() {
    const { kind, name, index } = this.selection;
    const gone =
      (kind === "field" && !placeOf(this.content, name)) ||
      (kind === "page" && !this.content.pages?.[index]) ||
      (kind === "outcome" && !this.content.outcomes?.[index]);
    if (gone) this.selection = { kind: "form" };
  }

  select(selection, { focus = false } = {}) {
    if (!same(this.selection, selection)) this.#nameNew();
    this.selection = selection;
    this.#settle();
    this.#tell("select", { focus });
  }

  is(selection) {
    return same(this.selection, selection);
  }

  /** The page that the selection stands on. */
  get page() {
    const { kind, name, index } = this.selection;
    const at = kind === "page" ? index : kind === "field" ? placeOf(this.content, name)?.page : undefined;
    return at === undefined ? null : this.content.pages?.[at]?.key ?? null;
  }

  /** A question that was just added. */
  added(name) {
    this.#new.add(name);
    this.select({ kind: "field", name });
  }

  /** A new question that one leaves is called after its English words, while nothing knows it yet. */
  #nameNew() {
    const { kind, name } = this.selection;
    if (kind !== "field" || !this.#new.delete(name)) return;
    const place = placeOf(this.content, name);
    const fresh = place && nameFrom(this.content, place.field);
    if (fresh) this.change((content) => renameField(content, name, fresh), { redraw: false });
  }

  /** What the reading of the form finds; `others` what only a check of the whole draft does. */
  find(findings, others = this.#others) {
    [this.#own, this.#others] = [findings ?? this.#own, others];
    const bare = (one) => `${one.place} ${one.message.replace(/[。.]$/, "")}`;
    const known = new Set(this.#own.map(bare));
    const all = [...this.#own, ...this.#others.filter((one) => !known.has(bare(one)))];
    if (same(all, this.findings)) return;
    this.findings = all;
    this.#tell("findings");
  }

  /** The findings at a place: a field, a page, a button; the form for its own key. */
  wrong(place) {
    return this.findings.filter((one) => one.place === place);
  }

  /** What a finding's place is, as a selection. */
  whereIs(place) {
    if (placeOf(this.content, place)) return { kind: "field", name: place };
    const page = (this.content.pages ?? []).findIndex((one) => one.key === place);
    const outcome = (this.content.outcomes ?? []).findIndex((one) => one.key === place);
    if (outcome >= 0) return { kind: "outcome", index: outcome };
    if (page >= 0) return { kind: "page", index: page };
    return Object.hasOwn(this.content.decides ?? {}, place) ? { kind: "decides" } : { kind: "form" };
  }
}
