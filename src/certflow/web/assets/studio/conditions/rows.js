// The rows of a condition: variable, comparison, value, joined by all / any, brackets one level deep.
import { escaped, icon } from "../../scripts/page.js";
import { words } from "./words.js";

const OPERATORS = {
  text: ["eq", "ne", "in", "not_in", "filled", "empty"],
  number: ["eq", "ne", "gt", "ge", "lt", "le", "filled", "empty"],
  date: ["lt", "le", "gt", "ge", "eq", "ne", "filled", "empty"],
  boolean: ["yes", "no"],
  list: ["has", "has_not", "yes", "no"],
  rows: ["yes", "no"],
  record: ["filled", "empty"],
  any: ["eq", "ne", "gt", "ge", "lt", "le", "in", "not_in", "yes", "no", "filled", "empty"],
};
const WITHOUT = new Set(["yes", "no", "filled", "empty"]);
const SEVERAL = new Set(["in", "not_in"]);
const ORDERED = new Set(["lt", "le", "gt", "ge"]);

function element(markup) {
  const holder = document.createElement("template");
  holder.innerHTML = markup.trim();
  return holder.content.firstElementChild;
}

function select(label, options, chosen, change) {
  const box = element(`<select class="cf-input" aria-label="${escaped(label)}"></select>`);
  for (const one of options) {
    const option = new Option(one.label, String(one.value));
    option.selected = one.value === chosen;
    box.add(option);
  }
  box.addEventListener("change", () => change(options[box.selectedIndex].value));
  return box;
}

/** Redraws the whole; the focus stays where it was. */
export function drawRows(builder) {
  const { body, rows: whole } = builder;
  const places = [...body.querySelectorAll("select, input, button")];
  const focused = places.indexOf(document.activeElement);
  body.replaceChildren();
  if (whole.rows.length > 1) body.append(joiner(builder, whole));
  const list = element('<div class="cf-cond__rows"></div>');
  whole.rows.forEach((one, index) => list.append(one.rows ? group(builder, whole, one) : row(builder, whole, one, index + 1)));
  body.append(list, tools(builder, whole));
  if (focused >= 0) [...body.querySelectorAll("select, input, button")][Math.min(focused, body.querySelectorAll("select, input, button").length - 1)]?.focus();
}

function joiner(builder, part) {
  const line = element(`<p class="cf-cond__join"><span>${escaped(words("when"))}</span><span>${escaped(words("hold"))}</span></p>`);
  const choices = [{ value: "and", label: words("all") }, { value: "or", label: words("any") }];
  line.children[0].after(select(words("joined"), choices, part.join, (join) => {
    part.join = join;
    builder.edited();
  }));
  return line;
}

function tools(builder, part, inner = false) {
  if (builder.options.known && !builder.options.variables.length) return element(`<p class="cf-help">${escaped(words("no_variables"))}</p>`);
  const line = element(`<div class="cf-cond__tools"><button type="button" class="cf-text-button" data-add>${icon("plus")} ${escaped(words("add"))}</button></div>`);
  line.querySelector("[data-add]").addEventListener("click", () => {
    part.rows.push(fresh(builder));
    builder.edited();
    builder.body.querySelectorAll(".cf-cond__row select")[0] && [...builder.body.querySelectorAll(".cf-cond__row")].at(-1).querySelector("select").focus();
  });
  if (inner || !part.rows.length) return line;
  const brackets = element(`<button type="button" class="cf-text-button">${icon("list")} ${escaped(words("add_group"))}</button>`);
  brackets.addEventListener("click", () => {
    part.rows.push({ join: part.join === "and" ? "or" : "and", rows: [fresh(builder), fresh(builder)] });
    builder.edited();
  });
  line.append(brackets);
  return line;
}

function fresh(builder) {
  const variable = builder.options.variables[0];
  return chosen(builder, {}, variable?.name ?? "");
}

/** The row with another variable: the first comparison that fits it, the first value. */
function chosen(builder, before, name) {
  const variable = builder.variable(name);
  const offered = OPERATORS[variable?.type ?? "any"];
  const op = offered.includes(before.op) ? before.op : offered[0];
  return { name, op, value: valueFor(builder, variable, op) };
}

function valueFor(builder, variable, op) {
  if (WITHOUT.has(op)) return undefined;
  const first = variable?.values?.[0]?.value;
  if (SEVERAL.has(op)) return { kind: "list", values: first === undefined ? [""] : [first] };
  if (variable?.type === "date") return { kind: "today" };
  return { kind: "literal", value: first ?? (variable?.type === "number" ? 0 : "") };
}

function group(builder, whole, part) {
  const item = element(`<div class="cf-cond__group" role="group" aria-label="${escaped(words("group"))}"><div class="cf-cond__rows"></div></div>`);
  item.prepend(joiner(builder, part));
  part.rows.forEach((one, index) => item.querySelector(".cf-cond__rows").append(row(builder, part, one, index + 1, whole)));
  item.append(tools(builder, part, true));
  return item;
}

function row(builder, part, one, number, whole) {
  const item = element(`<div class="cf-cond__row" role="group" aria-label="${escaped(words("row", { number }))}"></div>`);
  const change = (next, redraw = true) => {
    Object.assign(one, { text: undefined, value: undefined }, next);
    builder.edited(redraw);
  };
  const variable = builder.variable(one.name);
  item.append(select(words("variable"), variableOptions(builder, one), one.name, (name) => change(chosen(builder, one, name))));
  const offered = OPERATORS[variable?.type ?? "any"];
  const operators = (offered.includes(one.op) ? offered : [one.op, ...offered]).map((op) => ({ value: op, label: words(opWord(op, variable)) }));
  item.append(select(words("comparison"), operators, one.op, (op) => {
    const keeps = one.value && !WITHOUT.has(op) && !WITHOUT.has(one.op) && SEVERAL.has(op) === SEVERAL.has(one.op);
    change({ op, value: keeps ? one.value : valueFor(builder, variable, op) });
  }));
  if (!WITHOUT.has(one.op)) item.append(valueControl(builder, one, variable, change));
  const remove = element(`<button type="button" class="cf-cond__remove" aria-label="${escaped(words("remove", { number }))}">${icon("x")}</button>`);
  remove.addEventListener("click", () => {
    part.rows.splice(part.rows.indexOf(one), 1);
    if (whole && !part.rows.length) whole.rows.splice(whole.rows.indexOf(part), 1);
    builder.edited();
  });
  item.append(remove);
  return item;
}

function opWord(op, variable) {
  const presence = { yes: "list_yes", no: "list_no", filled: "list_yes", empty: "list_no" };
  if (["list", "rows", "record"].includes(variable?.type)) return presence[op] ?? op;
  if (variable?.type === "date" && ORDERED.has(op)) return `date_${op}`;
  return op;
}

function variableOptions(builder, one) {
  const known = builder.options.variables.map((variable) => ({
    value: variable.name,
    label: variable.label && variable.label !== variable.name ? `${variable.label}（${variable.name}）`.replace(/^(.*)（(.*)）$/, (_, label, name) => words("named", { label, name })) : variable.name,
  }));
  if (builder.variable(one.name)) return known;
  return [{ value: one.name, label: one.name ? words("unknown", { name: one.name }) : words("choose") }, ...known];
}

function valueControl(builder, one, variable, change) {
  if (SEVERAL.has(one.op)) return severalControl(one, variable, change);
  const values = ORDERED.has(one.op) ? [] : variable?.values ?? [];
  const literal = one.value.kind === "literal";
  if (values.length && literal) {
    const offered = values.some((v) => v.value === one.value.value) ? values : [{ value: one.value.value, label: words("unknown", { name: String(one.value.value) }) }, ...values];
    return select(words("value"), offered, one.value.value, (value) => change({ value: { kind: "literal", value } }));
  }
  const others = builder.options.variables.filter((v) => v.name !== one.name && v.type === variable?.type && ["date", "number"].includes(v.type));
  const box = element('<span class="cf-cond__value"></span>');
  const kinds = [
    ...(variable?.type === "date" ? [{ value: "today", label: words("today") }, { value: "date", label: words("a_date") }] : [{ value: "literal", label: words("a_value") }]),
    ...others.map((v) => ({ value: `name:${v.name}`, label: v.label || v.name })),
  ];
  const kind = one.value.kind === "name" ? `name:${one.value.name}` : one.value.kind;
  if (!kinds.some((k) => k.value === kind)) kinds.push({ value: kind, label: one.value.name ?? String(one.value.value ?? "") });
  if (kinds.length > 1) box.append(select(words("compared_with"), kinds, kind, (next) => change({ value: another(next) })));
  if (kind === "date" || kind === "literal") box.append(typed(one, variable, kind, change));
  return box;
}

function another(kind) {
  if (kind.startsWith("name:")) return { kind: "name", name: kind.slice(5) };
  if (kind === "date") return { kind, value: new Date().toISOString().slice(0, 10) };
  return kind === "literal" ? { kind, value: 0 } : { kind };
}

function typed(one, variable, kind, change) {
  const number = variable?.type === "number" || typeof one.value.value === "number";
  const type = kind === "date" ? "date" : "text";
  const field = element(`<input class="cf-input" type="${type}" aria-label="${escaped(words("value"))}"${number && kind !== "date" ? ' inputmode="decimal"' : ""}>`);
  field.value = one.value.value ?? "";
  field.addEventListener("input", () => {
    if (kind === "date" && !field.value) return;
    const asNumber = number && kind !== "date" && field.value.trim() !== "" && Number.isFinite(Number(field.value));
    change({ value: { kind, value: asNumber ? Number(field.value) : field.value } }, false);
  });
  return field;
}

/** One of several: boxes where the values are known, else a list with commas. */
function severalControl(one, variable, change) {
  const values = variable?.values ?? [];
  if (!values.length) {
    const field = element(`<input class="cf-input" type="text" aria-label="${escaped(words("values"))}">`);
    field.value = one.value.values.join(", ");
    field.addEventListener("input", () => {
      const parts = field.value.split(/[,，、]/).map((part) => part.trim()).filter(Boolean);
      const numbers = parts.length && parts.every((part) => Number.isFinite(Number(part))) && variable?.type === "number";
      change({ value: { kind: "list", values: numbers ? parts.map(Number) : parts } }, false);
    });
    return field;
  }
  const box = element(`<span class="cf-cond__boxes" role="group" aria-label="${escaped(words("values"))}"></span>`);
  for (const value of values) {
    const label = element(`<label class="cf-check"><input type="checkbox"><span>${escaped(value.label)}</span></label>`);
    const tick = label.querySelector("input");
    tick.checked = one.value.values.includes(value.value);
    tick.addEventListener("change", () => {
      const kept = values.map((v) => v.value).filter((v) => (v === value.value ? tick.checked : one.value.values.includes(v)));
      change({ value: { kind: "list", values: kept } }, false);
    });
    box.append(label);
  }
  return box;
}
