// The decision table editor: dmn-js on a part of the draft, checked by the server as one types.
import "diagram-js/assets/diagram-js.css";
import "dmn-js-shared/assets/css/dmn-js-shared.css";
import "dmn-js-decision-table/assets/css/dmn-js-decision-table.css";
import "dmn-js-decision-table/assets/css/dmn-js-decision-table-controls.css";
import "dmn-js-literal-expression/assets/css/dmn-js-literal-expression.css";
import "dmn-js/dist/assets/dmn-font/css/dmn-codes.css";
import "./tables.css";
import { mayEdit, openPart } from "../draft.js";
import { sent } from "../draft/sending.js";
import { findings } from "../findings.js";
import { lightWrong } from "./lighting.js";
import { roomIn } from "./room.js";
import { TestRows } from "./rows.js";
import { button, made, policyWords, room, state, words } from "./saying.js";
import { drawSurvey } from "./survey.js";

const PATIENCE = 250;
const PART = `table:${room.dataset.table}`;
const place = (name) => room.querySelector(`[data-${name}]`);
const editor = roomIn(place("editor"), { readOnly: !mayEdit, locale: document.body.dataset.locale });
const rows = new TestRows(place("rows"), { readOnly: !mayEdit, changed, ruleAt, reveal: (number) => show(number, "") });
let part = null;
let timer = 0;
let asked = 0;
let opening = false;

const decision = () => editor.getActiveView()?.element;
const logic = () => decision()?.decisionLogic;

function ruleAt(number) {
  return logic()?.rule?.[number - 1]?.id;
}

/** The id of what a finding is about: a cell, a row, or a column's head. */
function idAt(row, column) {
  const [side, number] = column.split(" ");
  const table = logic();
  const key = { input: "inputEntry", output: "outputEntry" }[side];
  if (!row) return "";
  return key ? table?.rule?.[row - 1]?.[key]?.[number - 1]?.id : ruleAt(row);
}

/** Brings a row or a cell into sight and puts the cursor there. */
function show(row, column) {
  const id = idAt(row, column);
  const cell = id && (room.querySelector(`td[data-element-id="${CSS.escape(id)}"]`) ?? room.querySelector(`td[data-row-id="${CSS.escape(id)}"]`));
  if (!cell) return false;
  cell.scrollIntoView({ block: "center", inline: "center" });
  cell.querySelector("[contenteditable]")?.focus({ preventScroll: true });
  return true;
}

async function written() {
  return (await editor.saveXML({ format: true })).xml;
}

/** Something was changed: save it soon, and see what it comes to. */
async function changed() {
  if (opening || !part) return;
  part.save(await written());
  later();
}

function later(wait = PATIENCE) {
  clearTimeout(timer);
  timer = setTimeout(examine, wait);
}

async function examine() {
  const one = decision();
  if (!one) return;
  const mine = ++asked;
  try {
    const answer = await sent(room.dataset.examine, { xml: await written(), decision: one.id });
    if (mine === asked && decision() === one) take(answer);
  } catch (error) {
    if (mine === asked) place("cells").replaceChildren(state("due", "cloud-off", error.status ? error.message || words("failed") : words("failed")));
  }
}

function take(answer) {
  const here = answer.findings.filter((one) => one.decision === decision().id || !editor.getViews().some((view) => view.id === one.decision));
  lightWrong(here.map((one) => idAt(one.row, one.column)));
  tellCells(here);
  tellPolicy(answer.policy);
  rows.formula = !logic()?.rule;
  if (!here.length) rows.take(answer);
  drawSurvey(place("survey"), answer, { broken: here.length > 0, formula: rows.formula, readOnly: !mayEdit, use: (example) => rows.add(example) });
}

function tellCells(found) {
  if (!found.length) {
    place("cells").replaceChildren(state("passed", "circle-check", words("sound")));
    return;
  }
  const list = made("ul", "cf-tableroom__wrong list-unstyled", found.map((one) => {
    const row = made("li", "", one.message);
    if (one.row) row.append(" ", button(words("go"), () => show(one.row, one.column)));
    return row;
  }));
  place("cells").replaceChildren(state("mend", "alert-circle", words("wrong", { n: found.length })), list);
}

function tellPolicy(policy) {
  const said = policyWords(policy);
  place("policy").hidden = !said.name;
  place("policy").replaceChildren(made("b", "", said.name), " ", said.meaning);
}

/** One tab for each decision of the file. */
function drawViews() {
  const views = editor.getViews();
  const active = editor.getActiveView();
  place("decisions").hidden = views.length < 2;
  place("decisions").replaceChildren(...views.map((view) => {
    const link = made("a", "", view.name || view.id, { href: `#${view.id}`, "aria-current": view.id === active?.id ? "page" : false });
    link.addEventListener("click", (event) => {
      event.preventDefault();
      history.replaceState(null, "", `#${view.id}`);
      open(view);
    });
    return link;
  }));
  if (active) place("table-title").textContent = active.name || active.id;
}

async function open(view) {
  opening = true;
  await editor.open(view);
  opening = false;
  rows.open(view.element);
  drawViews();
  steps();
  await examine();
}

/** Undo and redo, as far as the table at hand goes. */
function steps() {
  const stack = editor.getActiveViewer()?.get("commandStack", false);
  place("undo").disabled = !stack?.canUndo();
  place("redo").disabled = !stack?.canRedo();
}

async function load(xml, wanted = "") {
  opening = true;
  try {
    await editor.importXML(xml, { open: false });
    const views = editor.getViews();
    const view = views.find((one) => one.id === wanted) ?? views[0];
    if (view) await open(view);
  } catch (error) {
    place("editor").replaceChildren(made("p", "cf-note cf-note--error", words("unreadable", { why: error.message })));
  } finally {
    opening = false;
  }
}

function watch(viewer) {
  const bus = viewer.get("eventBus");
  bus.on("elements.changed", () => changed());
  bus.on("commandStack.changed", () => { steps(); changed(); });
}

// dmn-js closes its menus when something outside takes the focus. A press on what takes none would
// give it to the page's <main>.
document.addEventListener("mousedown", (event) => {
  const menu = event.target.closest?.(".dms-select-options, .context-menu");
  if (menu && !event.target.closest("input, select, textarea, label, button, [contenteditable]")) event.preventDefault();
}, true);
editor.on("viewer.created", ({ viewer }) => watch(viewer));
editor.on("views.changed", drawViews);
for (const name of ["undo", "redo"]) {
  place(name).addEventListener("click", () => editor.getActiveViewer().get("commandStack")[name]());
}
room.querySelector("[data-add-row]")?.addEventListener("click", () => rows.add());

/** A finding of the whole draft: open its decision, light its cell. */
findings.onLight((one) => {
  if (one.part !== PART) return false;
  const [, name, row, column] = /^(.*?)(?:: rule (\d+)(?:, ((?:input|output) \d+))?)?$/.exec(one.place) ?? [];
  const view = editor.getViews().find((each) => each.id === name);
  const go = () => show(Number(row ?? 0), column ?? "");
  if (view && view.element !== decision()) open(view).then(go);
  else if (part) go();
  else waiting.push(go);
  return true;
});
const waiting = [];

part = await openPart(PART, {
  title: place("table-title").textContent,
  apply: (content) => load(content, decision()?.id),
});
await load(part.content, decodeURIComponent(location.hash.slice(1)));
waiting.forEach((go) => go());
