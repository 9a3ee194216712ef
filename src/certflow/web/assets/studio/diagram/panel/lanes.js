// The process as a whole, and its lanes: which role each of them is.
import { getBusinessObject, is } from "bpmn-js/lib/util/ModelUtil";
import { words } from "../words.js";
import { fact, link, make, note, select, text } from "./fields.js";

export function processGroups(element, panel) {
  const { readOnly, registry } = panel;
  const object = getBusinessObject(element);
  const process = object.processRef ?? object;
  const lanes = registry.filter((one) => is(one, "bpmn:Lane"));
  const rename = (value) => {
    panel.modeler.get("modeling").updateLabel(element, value.trim());
    if (process !== object) panel.changes.inside(element, process, { name: value.trim() });
  };
  const steps = registry.filter((one) => is(one, "bpmn:UserTask"));
  return [
    {
      key: "process",
      title: words("name"),
      fields: [
        text({ label: words("name_zh"), key: "name_zh", value: object.name ?? "", maxLength: 60, readOnly, set: rename }),
        text({ label: words("name_en"), key: "name_en", lang: "en", value: panel.service.english(element), maxLength: 90, readOnly, set: (value) => panel.service.setEnglish(element, value.trim()) }),
        panel.draft.settings ? link(words("all_settings"), panel.draft.settings, "settings") : null,
      ],
    },
    {
      key: "lanes",
      title: words("lanes"),
      fields: [
        lanes.length ? null : note(words("no_lanes"), "wrong"),
        ...lanes.map((lane) => fact(panel.to(lane), panel.vocabulary.roles.find((one) => one.name === lane.id)?.title ?? words("no_role"))),
      ],
    },
    { key: "steps", title: words("steps"), fields: steps.length ? [make("ol", "cf-prop__steps", steps.map((one) => make("li", "", panel.to(one))))] : [note(words("no_steps"))] },
    {
      key: "more",
      title: words("more"),
      open: false,
      fields: [
        text({ label: words("documentation"), key: "documentation", lines: 3, value: process.get("documentation")?.[0]?.text ?? "", help: words("documentation_help"), readOnly, set: (value) => describe(panel, element, process, value.trim()) }),
        fact(words("key"), make("code", "", process.id ?? "")),
      ],
    },
  ];
}

function describe(panel, element, process, value) {
  const [first, ...rest] = process.get("documentation");
  if (first && value) {
    panel.changes.inside(element, first, { text: value });
    return;
  }
  const made = value ? [panel.changes.factory.create("bpmn:Documentation", { text: value })] : [];
  made.forEach((one) => { one.$parent = process; });
  panel.changes.inside(element, process, { documentation: [...made, ...rest] });
}

export function laneGroups(element, panel) {
  const { readOnly, registry, vocabulary } = panel;
  const object = getBusinessObject(element);
  const taken = new Set(registry.filter((one) => is(one, "bpmn:Lane") && one !== element).map((one) => one.id));
  const options = vocabulary.roles.filter((one) => !taken.has(one.name)).map((one) => ({ value: one.name, title: one.title }));
  const role = vocabulary.roles.find((one) => one.name === element.id);
  const inside = object.get("flowNodeRef").filter((one) => is(one, "bpmn:UserTask") && registry.get(one.id));
  return [
    {
      key: "lane",
      title: words("role"),
      fields: [
        select({ label: words("lane_role"), key: "role", value: role ? element.id : "", empty: words("choose"), options, help: role?.help || words("lane_role_help"), readOnly, set: (value) => choose(panel, element, value) }),
        role ? null : note(words("lane_without_role"), "wrong"),
        text({ label: words("name_zh"), key: "name_zh", value: object.name ?? "", maxLength: 60, help: words("lane_name_help"), readOnly, set: (value) => panel.modeler.get("modeling").updateLabel(element, value.trim()) }),
        text({ label: words("name_en"), key: "name_en", lang: "en", value: panel.service.english(element), maxLength: 90, readOnly, set: (value) => panel.service.setEnglish(element, value.trim()) }),
      ],
    },
    { key: "steps", title: words("steps_here"), fields: inside.length ? [make("ol", "cf-prop__steps", inside.map((one) => make("li", "", panel.to(registry.get(one.id)))))] : [note(words("no_steps_here"))] },
    {
      key: "more",
      title: words("more"),
      open: false,
      fields: [text({ label: words("documentation"), key: "documentation", lines: 3, value: object.get("documentation")?.[0]?.text ?? "", help: words("documentation_help"), readOnly, set: (value) => panel.changes.documentation(element, value.trim()) })],
    },
  ];
}

/** A lane is a role: its id is the role's name; a lane without a name gets the role's. */
function choose(panel, element, role) {
  if (!role || role === element.id || panel.registry.get(role)) return;
  const before = element.id;
  panel.modeler.get("modeling").updateProperties(element, { id: role });
  panel.service.rename(before, role);
  if (getBusinessObject(element).name) return;
  const named = panel.vocabulary.roles.find((one) => one.name === role);
  panel.modeler.get("modeling").updateLabel(element, named.zh ?? named.title);
  panel.service.set(["lanes", role], { zh: named.zh ?? named.title, en: named.en ?? named.title }, element);
}
