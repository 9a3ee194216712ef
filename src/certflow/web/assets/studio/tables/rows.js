// The test rows below the table: what is given, which rules hit, what comes out, what was expected.
import { toast } from "../../scripts/toast.js";
import { button, made, shown, state, words } from "./saying.js";
import { lightHit } from "./lighting.js";

const MOST = 100;
const LONGEST = 15_000; // what a table's file may hold in one place, and some room

/** Keeps the rows of one decision in its extension elements, and draws them. */
export class TestRows {
  constructor(place, { readOnly, changed, ruleAt, reveal }) {
    Object.assign(this, { place, readOnly, changed, ruleAt, reveal });
    this.decision = null;
    this.inputs = [];
    this.outcomes = [];
    this.chosen = -1;
  }

  /** Shows the rows of another decision. */
  open(decision) {
    this.decision = decision;
    this.outcomes = [];
    this.chosen = -1;
    lightHit([]);
    this.draw();
  }

  get rows() {
    return this.#tests(false)?.rows ?? [];
  }

  #tests(begin) {
    const model = this.decision?.$model;
    if (!model) return null;
    let outer = this.decision.extensionElements;
    if (!outer && begin) {
      outer = model.create("dmn:ExtensionElements", { values: [] });
      outer.$parent = this.decision;
      this.decision.extensionElements = outer;
    }
    let tests = outer?.values?.find((one) => one.$type === "certflow:Tests");
    if (!tests && begin) {
      tests = model.create("certflow:Tests", { rows: [] });
      tests.$parent = outer;
      outer.get("values").push(tests);
    }
    return tests ?? null;
  }

  /** Adds a row with what is given (by input), and puts the cursor there. */
  add(given = {}) {
    if (this.rows.length >= MOST) return;
    const tests = this.#tests(true);
    const test = this.decision.$model.create("certflow:Test", { name: "", given: [] });
    test.$parent = tests;
    for (const [name, value] of Object.entries(given)) this.#give(test, name, value);
    tests.get("rows").push(test);
    this.chosen = tests.rows.length - 1;
    this.draw();
    this.changed();
    const row = this.place.querySelectorAll("[data-test]")[this.chosen];
    row?.scrollIntoView({ block: "nearest" });
    row?.querySelector("input, select")?.focus();
  }

  #give(test, name, value) {
    const before = test.get("given").find((one) => one.name === name);
    if (before) before.value = value;
    else {
      const given = test.$model.create("certflow:Given", { name, value });
      given.$parent = test;
      test.get("given").push(given);
    }
  }

  #remove(index) {
    const tests = this.#tests(false);
    const [gone] = tests.rows.splice(index, 1);
    if (!tests.rows.length) this.#clear(tests);
    this.outcomes.splice(index, 1);
    this.chosen = -1;
    lightHit([]);
    this.draw();
    this.changed();
    toast(words("undone"), () => {
      const again = this.#tests(true);
      gone.$parent = again;
      again.get("rows").splice(index, 0, gone);
      this.draw();
      this.changed();
    });
  }

  /** Leaves no empty elements behind: a table whose rows are gone is as it was before. */
  #clear(tests) {
    const outer = this.decision.extensionElements;
    outer.values.splice(outer.values.indexOf(tests), 1);
    if (!outer.values.length) delete this.decision.extensionElements;
  }

  /** Takes what the server found. */
  take({ inputs, outcomes }) {
    const before = JSON.stringify(this.inputs);
    this.inputs = inputs;
    this.outcomes = outcomes;
    if (JSON.stringify(inputs) !== before) this.draw();
    this.fill();
  }

  draw() {
    this.place.replaceChildren();
    if (!this.rows.length) {
      this.place.append(made("p", "cf-second", words("no_rows")));
      return;
    }
    const list = made("ol", "cf-testrows__list");
    this.rows.forEach((test, index) => list.append(this.#row(test, index)));
    this.place.append(list);
    this.fill();
  }

  #row(test, index) {
    const row = made("li", "cf-testrow", [], { "data-test": index });
    const named = words("test", { n: index + 1 });
    const head = made("div", "cf-testrow__head", [made("b", "", named)]);
    const title = made("input", "cf-input", "", { value: test.name ?? "", placeholder: words("name"), "aria-label": words("value_of", { row: named, name: words("name") }), maxlength: 60, readonly: this.readOnly });
    title.addEventListener("change", () => { test.name = title.value; this.changed(); });
    head.append(title);
    if (!this.readOnly) head.append(button(words("remove", { name: named }), () => this.#remove(index), "cf-text-button cf-text-button--danger"));
    const fields = made("div", "cf-testrow__given", this.inputs.map((input) => this.#field(test, input, index)));
    row.append(head, fields, made("div", "cf-testrow__outcome", [], { "data-outcome": true }));
    row.addEventListener("focusin", () => this.#choose(index));
    row.addEventListener("click", () => this.#choose(index));
    return row;
  }

  #field(test, input, index) {
    const id = `test-${index}-${input.name}`.replaceAll(".", "-");
    const value = test.get("given").find((one) => one.name === input.name)?.value ?? "";
    const control = this.#control(input, value, id);
    const give = () => {
      this.#give(test, input.name, control.value);
      this.changed();
    };
    control.addEventListener(control.tagName === "SELECT" ? "change" : "input", give);
    const label = made("label", "cf-label", input.label, { for: id });
    if (input.label !== input.name) label.append(made("span", "cf-label__optional", input.name));
    return made("div", "cf-field", [label, control, made("div", "cf-error", "", { id: `${id}-error`, hidden: true })], { "data-input": input.name });
  }

  #control(input, value, id) {
    const common = { id, disabled: this.readOnly };
    const listed = input.type === "boolean" ? ["true", "false"] : Object.keys(input.values);
    if (listed.length) {
      const options = ["", ...new Set([...listed, value])].filter((one, place) => place === 0 || one);
      return made("select", "cf-input", options.map((one) => made("option", "", input.values[one] ?? shown(one), { value: one, selected: one === value })), common);
    }
    const type = { date: "date" }[input.type] ?? "text";
    return made("input", `cf-input${input.type === "number" ? " cf-input--number" : ""}`, "", { ...common, type, value, autocomplete: "off", spellcheck: "false", inputmode: input.type === "number" ? "decimal" : undefined });
  }

  #choose(index) {
    this.chosen = index;
    this.place.querySelectorAll("[data-test]").forEach((row, place) => row.classList.toggle("cf-testrow--chosen", place === index));
    lightHit((this.outcomes[index]?.hits ?? []).map((number) => this.ruleAt(number)));
  }

  /** Writes the outcomes into the rows that are drawn: what one is typing in stays as it is. */
  fill() {
    this.place.querySelectorAll("[data-test]").forEach((row, index) => {
      const outcome = this.outcomes[index];
      const place = row.querySelector("[data-outcome]");
      place.replaceChildren(...(outcome ? this.#told(this.rows[index], outcome) : []));
      for (const field of row.querySelectorAll("[data-input]")) this.#complain(field, outcome?.wrong?.[field.dataset.input] ?? "");
    });
    if (this.chosen < 0 && this.outcomes.length) this.chosen = 0;
    if (this.outcomes[this.chosen]) this.#choose(this.chosen);
  }

  #complain(field, text) {
    const [control, error] = [field.querySelector("input, select"), field.querySelector(".cf-error")];
    error.hidden = !text;
    error.textContent = text;
    control.toggleAttribute("aria-invalid", Boolean(text));
    if (text) control.setAttribute("aria-describedby", error.id);
    else control.removeAttribute("aria-describedby");
    field.classList.toggle("cf-field--error", Boolean(text));
  }

  #told(test, outcome) {
    if (Object.keys(outcome.wrong).length) return [];
    const hits = outcome.hits.length
      ? outcome.hits.map((number) => button(words("row", { n: number }), () => this.reveal(number), "cf-hit"))
      : [made("span", "cf-muted", words("none_hit"))];
    const parts = [];
    if (!this.formula) parts.push(made("div", "cf-testrow__part", [made("span", "cf-small cf-second", words("hits")), ...hits]));
    const result = outcome.error ? state("mend", "alert-circle", outcome.error) : this.#result(outcome.result);
    parts.push(made("div", "cf-testrow__part", [made("span", "cf-small cf-second", words("comes")), result]));
    parts.push(made("div", "cf-testrow__part", this.#expectation(test, outcome)));
    return parts;
  }

  #result(result) {
    const rows = Array.isArray(result) ? result : [result];
    if (result === null || !rows.length) return made("span", "cf-muted", words("nothing"));
    const plain = rows.map((row) => (row && typeof row === "object" ? this.#record(row) : shown(row)));
    if (plain.length === 1) return made("code", "cf-result", plain[0]);
    return made("ol", "cf-result", plain.map((one) => made("li", "", one)));
  }

  /** A row's results in the order of the columns, by what these are called. */
  #record(row) {
    const columns = this.decision?.decisionLogic?.output ?? [];
    const names = [...new Set([...columns.map((one) => one.name), ...Object.keys(row)])];
    const called = (name) => columns.find((one) => one.name === name)?.label || name;
    const there = names.filter((name) => row[name] !== null && row[name] !== undefined);
    return there.map((name) => `${called(name)} = ${shown(row[name])}`).join(words("comma"));
  }

  #expectation(test, outcome) {
    const parts = [];
    if (outcome.met === true) parts.push(state("passed", "circle-check", words("met")));
    if (outcome.met === false) parts.push(state("mend", "alert-circle", words("unmet", { value: this.#expected(test.expected) })));
    if (this.readOnly || outcome.error) return parts;
    const keep = (value) => () => {
      if (value === undefined) delete test.expected;
      else test.expected = value;
      this.changed();
    };
    const result = JSON.stringify(outcome.result);
    if (outcome.met !== true && result.length < LONGEST) parts.push(button(words("keep"), keep(result)));
    if (test.expected) parts.push(button(words("forget"), keep(undefined)));
    return parts;
  }

  #expected(text) {
    try {
      const value = JSON.parse(text);
      return value && typeof value === "object" ? this.#result(value).textContent : shown(value);
    } catch {
      return text;
    }
  }
}

