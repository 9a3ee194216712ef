// A step that a person does: who, with which form, until when.
import { getBusinessObject, is } from "bpmn-js/lib/util/ModelUtil";
import { words } from "../words.js";
import { fact, link, make, note, number, select, text, toggle, ways } from "./fields.js";
import { property } from "./properties.js";
import { variableField } from "./values.js";

const BODIES = ["body_staff", "body_admin", "party"];
const SIDES = ["applicant", "party"];

/** The lane in which an element stands: the innermost one that names it. */
export function laneOf(element, registry) {
  const object = getBusinessObject(element.host ?? element);
  const lanes = registry.filter((one) => is(one, "bpmn:Lane") && getBusinessObject(one).get("flowNodeRef").includes(object));
  return lanes.sort((one, other) => one.width * one.height - other.width * other.height)[0] ?? (element.parent && is(element.parent, "bpmn:SubProcess") ? laneOf(element.parent, registry) : null);
}

export function peopleGroups(element, panel) {
  return [whoGroup(element, panel), formGroup(element, panel), timeGroup(element, panel)];
}

function whoGroup(element, panel) {
  const { readOnly, changes } = panel;
  const lane = laneOf(element, panel.registry);
  const role = panel.vocabulary.roles.find((one) => one.name === lane?.id);
  const set = (values) => changes.properties(element, values);
  const fields = [
    lane
      ? fact(words("role"), make("span", "", [role?.title ?? words("no_role"), " ", panel.to(lane, words("to_lane", { lane: panel.nameOf(lane) || lane.id }))]))
      : note(words("no_lane"), "wrong"),
  ];
  if (lane?.id === "applicant") fields.push(note(words("applicant_does")));
  else fields.push(...assignment(element, panel, lane?.id ?? "", set));
  if (lane?.id === "party") fields.push(note(words("party_blind")));
  else if (lane?.id !== "applicant") fields.push(toggle({ label: words("blind"), help: words("blind_help"), value: property(element, "blind") === "true", readOnly, set: (on) => set({ blind: on ? "true" : "" }) }));
  if (lane && !SIDES.includes(lane.id)) fields.push(note(words("stands_back")));
  return { key: "who", title: words("who"), fields };
}

function assignment(element, panel, role, set) {
  const { readOnly } = panel;
  const [assignee, organisation] = [property(element, "assignee"), property(element, "organisation")];
  const now = panel.chosenWay?.id === element.id ? panel.chosenWay.way : assignee ? "named" : "group";
  const options = [
    { value: "group", title: words("way_group"), help: words("way_group_help") },
    { value: "named", title: words("way_named"), help: words("way_named_help") },
  ];
  const choose = (way) => {
    panel.chosenWay = { id: element.id, way };
    if (way === "group") set({ assignee: "" });
    panel.refresh();
  };
  const fields = [ways({ label: words("assignment"), key: "assignment", value: now, options, readOnly, set: choose })];
  if (now === "named") fields.push(variableField({ label: words("assignee"), help: words("assignee_help"), key: "assignee", value: assignee, element, panel, set: (value) => set({ assignee: value }) }));
  if (BODIES.includes(role) || organisation) {
    fields.push(variableField({ label: words("organisation"), help: words(role === "party" ? "organisation_party_help" : "organisation_help"), key: "organisation", value: organisation, element, panel, set: (value) => set({ organisation: value }) }));
  }
  return fields;
}

function formGroup(element, panel) {
  const { readOnly, vocabulary, draft } = panel;
  const name = property(element, "form");
  const form = vocabulary.forms.find((one) => one.name === name);
  const options = vocabulary.forms.map((one) => ({ value: one.name, title: one.title === one.name ? one.name : `${one.title}（${one.name}）` }));
  const fields = [select({ label: words("form"), key: "form", value: name, empty: words("choose"), options, readOnly, set: (value) => panel.changes.properties(element, { form: value }) })];
  if (form?.outcomes.length) {
    const list = make("ul", "cf-prop__chips", form.outcomes.map((one) => make("li", "", one.title || one.value)));
    fields.push(make("div", "cf-prop__field", [make("span", "cf-prop__label", words("outcomes")), make("p", "cf-prop__help", words("outcomes_help")), list]));
    if (form.decides.length) fields.push(fact(words("decides"), make("span", "", form.decides.map((one) => make("code", "cf-prop__code", one)))));
  }
  if (draft.forms) {
    if (form) fields.push(link(words("open_form"), draft.form.replace("__name__", encodeURIComponent(name)), "forms"));
    else fields.push(link(words("all_forms"), draft.forms, "forms"));
  }
  return { key: "form", title: words("form_group"), fields };
}

function timeGroup(element, panel) {
  const { readOnly, vocabulary, changes, service } = panel;
  const key = property(element, "deadline");
  const options = vocabulary.deadlines.map((one) => ({ value: one.name, title: one.title }));
  const fields = [
    number({ label: words("due"), key: "due", value: property(element, "due"), unit: words("count_working_days"), most: 999, help: words("due_help"), readOnly, set: (value) => changes.properties(element, { due: value }) }),
    select({ label: words("deadline"), key: "deadline", value: key, empty: words("no_deadline"), options, help: words("deadline_help"), readOnly, set: (value) => changes.properties(element, { deadline: value }) }),
  ];
  if (key && service.get("deadlines", key)) {
    const remind = service.get("deadlines", key, "remind_before");
    fields.push(number({ label: words("remind"), key: "remind", value: remind ?? "", unit: words("days_before"), most: 90, help: words("remind_help", { deadline: options.find((one) => one.value === key)?.title ?? key }), readOnly, set: (value) => service.set(["deadlines", key, "remind_before"], value ? Number(value) : undefined, element) }));
  }
  if (panel.draft.settings) fields.push(link(words("deadlines_in_settings"), panel.draft.settings, "settings"));
  return { key: "time", title: words("time"), fields };
}
