// Events: how a process ends, what it waits for. Times are built from a length, a deadline or a date.
import { getBusinessObject, is } from "bpmn-js/lib/util/ModelUtil";
import { words } from "../words.js";
import { fact, make, note, number, select, text, toggle, ways } from "./fields.js";
import { eventDefinition, setTiming, timing } from "./properties.js";
import { variableField } from "./values.js";

const UNITS = { minutes: ["PT", "M"], hours: ["PT", "H"], days: ["P", "D"], weeks: ["P", "W"], months: ["P", "M"] };
const DURATION = /^P(?:(?<months>\d+)M|(?<weeks>\d+)W|(?<days>\d+)D|T(?:(?<hours>\d+)H|(?<minutes>\d+)M))$/;
const WORKING = /^working_days\((?<count>\d+)\)(?<end>\s*\+\s*days\(1\))?$/;
const CYCLE = /^R(?<times>\d*)\/(?<every>P.+)$/;
const MOMENT = /^(?<quote>["']?)(?<at>\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?)?)\k<quote>$/;
const MADE = /^(?<key>[a-z]\w*?)_(?<what>due|reminder)$/;

/** A stored time as the panel shows it; what the builder cannot say is an expression. */
export function readTiming({ kind, text: said }, deadlines) {
  const bare = said.replace(/^["'](P[^"']*|R[^"']*)["']$/, "$1");
  const cycle = kind === "cycle" ? CYCLE.exec(bare)?.groups : null;
  const length = lengthOf(cycle ? cycle.every : bare);
  if (kind === "cycle" && length) return { way: "cycle", ...length, times: cycle?.times ?? "" };
  if (kind === "duration" && length) return { way: "length", ...length };
  if (kind === "date") {
    const working = WORKING.exec(bare)?.groups;
    if (working) return { way: "length", count: working.count, unit: "working_days", end: Boolean(working.end) };
    const moment = MOMENT.exec(bare)?.groups;
    if (moment) return { way: "moment", at: moment.at.length === 10 ? `${moment.at}T00:00` : moment.at.slice(0, 16) };
    const made = MADE.exec(bare)?.groups;
    if (made && deadlines.some((one) => one.name === made.key)) return { way: "deadline", key: made.key, what: made.what };
  }
  return said ? { way: "expression" } : { way: "" };
}

function lengthOf(iso) {
  const found = Object.entries(DURATION.exec(iso)?.groups ?? {}).find(([, count]) => count);
  return found ? { count: found[1], unit: found[0] } : null;
}

/** What is stored for a length of time. */
export function writtenLength({ count, unit, end }) {
  if (unit === "working_days") return { kind: "date", text: `working_days(${count})${end ? " + days(1)" : ""}` };
  const [before, after] = UNITS[unit];
  return { kind: "duration", text: `${before}${count}${after}` };
}

export function eventGroups(element, panel) {
  if (is(element, "bpmn:EndEvent")) return [endGroup(element, panel)];
  const groups = [];
  if (is(element, "bpmn:BoundaryEvent")) groups.push(edgeGroup(element, panel));
  if (eventDefinition(element, "bpmn:TimerEventDefinition")) groups.push(timerGroup(element, panel));
  if (eventDefinition(element, "bpmn:MessageEventDefinition") || is(element, "bpmn:ReceiveTask")) groups.push(messageGroup(element, panel));
  return groups;
}

function endGroup(element, panel) {
  const { readOnly, service } = panel;
  const outcome = service.get("outcomes", element.id);
  const set = (kind) => {
    const name = { zh: getBusinessObject(element).name ?? "", en: service.english(element) };
    if (kind === "none") {
      service.set(["outcomes", element.id], undefined, element);
      service.set(["names", element.id], name.en || undefined, element);
      return;
    }
    service.set(["outcomes", element.id], { name, ...outcome, kind }, element);
    if (service.get("names", element.id)) service.set(["names", element.id], undefined, element);
  };
  const options = ["good", "bad", "none"].map((value) => ({ value, title: words(`outcome_${value}`), help: words(`outcome_${value}_help`) }));
  const fields = [ways({ label: words("outcome"), key: "outcome", value: outcome?.kind ?? "none", options, readOnly, set })];
  if (eventDefinition(element, "bpmn:TerminateEventDefinition")) fields.push(note(words("terminates")));
  return { key: "outcome", title: words("outcome"), fields };
}

function edgeGroup(element, panel) {
  const { readOnly, changes } = panel;
  const host = element.host;
  const fields = [
    host ? fact(words("at_step"), panel.to(host)) : note(words("at_nothing"), "wrong"),
    toggle({ label: words("interrupts"), help: words("interrupts_help"), value: getBusinessObject(element).cancelActivity !== false, readOnly, set: (on) => changes.set(element, { cancelActivity: on }) }),
  ];
  return { key: "edge", title: words("edge"), fields };
}

function messageGroup(element, panel) {
  const { readOnly, changes, vocabulary } = panel;
  const definition = eventDefinition(element, "bpmn:MessageEventDefinition") ?? getBusinessObject(element);
  const name = definition.messageRef?.name ?? "";
  const set = (value) => {
    const definitions = panel.modeler.getDefinitions();
    const known = definitions.rootElements.find((one) => is(one, "bpmn:Message") && one.name === value);
    if (known || !value) {
      changes.inside(element, definition, { messageRef: value ? known : undefined });
      return;
    }
    const made = changes.factory.create("bpmn:Message", { id: value, name: value });
    made.$parent = definitions;
    changes.inside(element, definitions, { rootElements: [...definitions.rootElements, made] });
    changes.inside(element, definition, { messageRef: made });
  };
  const options = vocabulary.messages.map((one) => ({ value: one.name, title: one.title }));
  return { key: "message", title: words("message"), fields: [select({ label: words("message"), key: "message", value: name, empty: words("choose"), options, help: words("message_help"), readOnly, set })] };
}

function timerGroup(element, panel) {
  const { readOnly, changes, vocabulary } = panel;
  const stored = timing(element);
  const read = readTiming(stored, vocabulary.deadlines);
  const chosen = panel.timerWay?.id === element.id && panel.timerWay.of === stored.text ? panel.timerWay.way : read.way || "length";
  const write = (next) => {
    panel.timerWay = null;
    setTiming(changes, element, next);
  };
  const cycles = is(element, "bpmn:BoundaryEvent") && getBusinessObject(element).cancelActivity === false;
  const known = ["length", "deadline", "moment", ...(cycles || read.way === "cycle" ? ["cycle"] : []), "expression"];
  const choose = (way) => {
    panel.timerWay = { id: element.id, of: stored.text, way };
    panel.refresh();
  };
  const fields = [
    select({ label: words("timer_way"), key: "timer_way", value: chosen, options: known.map((value) => ({ value, title: words(`timer_${value}`) })), readOnly, set: choose }),
    ...BUILDERS[chosen]({ element, panel, read: read.way === chosen ? read : {}, stored, write, readOnly }),
  ];
  if (!stored.text) fields.push(note(words("timer_open"), "wrong"));
  return { key: "timer", title: words("timer"), fields };
}

function lengthFields({ read, write, readOnly, label }, written) {
  const now = { count: read.count ?? "", unit: read.unit ?? "days", end: read.end };
  const units = ["minutes", "hours", "days", "weeks", "months"].map((value) => ({ value, title: words(value) }));
  if (!label) units.splice(2, 0, { value: "working_days", title: words("working_days") });
  const set = (values) => {
    Object.assign(now, values);
    if (Number(now.count) > 0) write(written(now));
  };
  const fields = [
    make("div", "cf-prop__pair", [
      number({ label: label ?? words("length"), key: "length", value: now.count, least: 1, most: 9999, readOnly, set: (value) => set({ count: value }) }),
      select({ label: words("unit"), key: "unit", value: now.unit, options: units, readOnly, set: (value) => set({ unit: value }) }),
    ]),
  ];
  if (now.unit === "working_days") fields.push(toggle({ label: words("to_the_end"), help: words("to_the_end_help"), key: "to_the_end", value: now.end, readOnly, set: (on) => set({ end: on }) }));
  return fields;
}

const BUILDERS = {
  length: (context) => lengthFields(context, writtenLength),
  cycle: (context) => {
    const times = context.read.times ?? "";
    const written = (now) => ({ kind: "cycle", text: `R${now.times ?? times}/${writtenLength(now).text}` });
    return [
      ...lengthFields({ ...context, label: words("every") }, written),
      number({ label: words("times"), key: "times", value: times, help: words("times_help"), readOnly: context.readOnly, set: (value) => { if (context.read.count) context.write(written({ ...context.read, times: value })); } }),
    ];
  },
  deadline: ({ panel, read, write, readOnly }) => {
    const now = { key: read.key ?? "", what: read.what ?? "due" };
    const set = (values) => {
      Object.assign(now, values);
      if (now.key) write({ kind: "date", text: `${now.key}_${now.what}` });
    };
    const options = panel.vocabulary.deadlines.map((one) => ({ value: one.name, title: one.title }));
    const ends = ["due", "reminder"].map((value) => ({ value, title: words(`deadline_${value}`) }));
    return [
      select({ label: words("which_deadline"), key: "which_deadline", value: now.key, empty: words("choose"), options, help: words("which_deadline_help"), readOnly, set: (value) => set({ key: value }) }),
      ways({ label: words("which_end"), key: "which_end", value: now.what, options: ends, readOnly, set: (value) => set({ what: value }) }),
    ];
  },
  moment: ({ read, write, readOnly }) => {
    const box = text({ label: words("moment"), key: "moment", value: read.at ?? "", help: words("moment_help"), readOnly, set: (value) => { if (value) write({ kind: "date", text: value }); } });
    box.querySelector("input").type = "datetime-local";
    box.querySelector("input").value = read.at ?? "";
    return [box];
  },
  expression: ({ element, panel, stored, write }) => [
    variableField({ label: words("timer_text"), help: words("timer_text_help"), key: "timer_text", value: stored.text, element, panel, types: ["date", "text"], set: (value) => { if (value) write({ kind: stored.kind || "date", text: value }); } }),
  ],
};
