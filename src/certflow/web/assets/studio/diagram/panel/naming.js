// What an element is called, what the applicant reads about it, its id and notes.
import { getBusinessObject, is, isAny } from "bpmn-js/lib/util/ModelUtil";
import { hasWord, isAutomatic, slug } from "../naming.js";
import { isStage } from "../service.js";
import { locale, words } from "../words.js";
import { button, fact, make, note, select, text } from "./fields.js";
import { propertiesOf } from "./properties.js";

/** The properties that the panel has fields for; all others are listed as they are. */
const KNOWN = {
  "bpmn:UserTask": ["form", "assignee", "organisation", "deadline", "due", "blind", "collection", "item"],
  "bpmn:ServiceTask": null, // everything is a parameter of its operation
  "bpmn:BusinessRuleTask": ["decision", "result"],
  "bpmn:CallActivity": null, // the same of its form
};

function rename(element, panel, english) {
  panel.service.setEnglish(element, english);
  const naming = panel.modeler.get("naming");
  const wanted = slug(english);
  if (wanted && hasWord(element) && !is(element, "bpmn:SequenceFlow") && isAutomatic(element.id)) naming.rename(element, naming.free(wanted, element));
}

export function nameGroup(element, panel) {
  const object = getBusinessObject(element);
  if (is(element, "bpmn:TextAnnotation")) {
    return { key: "name", title: words("note"), fields: [text({ label: words("note_text"), lines: 4, value: object.text ?? "", readOnly: panel.readOnly, set: (value) => panel.changes.set(element, { text: value }) })] };
  }
  const flow = is(element, "bpmn:SequenceFlow");
  return {
    key: "name",
    title: words("name"),
    fields: [
      text({ label: words("name_zh"), key: "name_zh", value: object.name ?? "", maxLength: 60, help: flow ? words("name_flow_help") : "", readOnly: panel.readOnly, set: (value) => panel.modeler.get("modeling").updateLabel(element, value.trim()) }),
      !flow || object.name ? text({ label: words("name_en"), key: "name_en", lang: "en", value: panel.service.english(element), maxLength: 90, readOnly: panel.readOnly, set: (value) => rename(element, panel, value.trim()) }) : null,
    ],
  };
}

/** What the applicant reads while a case stands here. */
export function stageGroup(element, panel) {
  if (!isStage(element)) return null;
  const stage = () => panel.service.get("stages", element.id);
  const said = (language) => stage()?.hint?.[language] ?? "";
  const set = (language) => (value) => {
    const name = stage()?.name ?? { zh: getBusinessObject(element).name ?? "", en: panel.service.english(element) };
    const hint = { zh: said("zh"), en: said("en"), [language]: value };
    panel.service.set(["stages", element.id], { ...stage(), name, hint }, element);
  };
  return {
    key: "stage",
    title: words("stage"),
    fields: [
      stepField(element, panel),
      text({ label: words("hint_zh"), key: "hint_zh", lines: 3, value: said("zh"), help: words("hint_help"), maxLength: 300, readOnly: panel.readOnly, set: set("zh") }),
      text({ label: words("hint_en"), key: "hint_en", lines: 3, lang: "en", value: said("en"), maxLength: 300, readOnly: panel.readOnly, set: set("en") }),
    ],
  };
}

/** In which of the applicant's steps it is shown. */
function stepField(element, panel) {
  const steps = panel.service.get("steps") ?? [];
  if (panel.readOnly || !steps.length) return null;
  const options = steps.map((one, index) => ({ value: String(index), title: words("step_n", { number: index + 1, title: one.title?.[locale] || one.title?.zh || "" }) }));
  const now = panel.service.step(element);
  return select({ label: words("step"), key: "step", value: now < 0 ? "" : String(now), empty: words("choose"), options, help: words("step_help"), readOnly: panel.readOnly, set: (value) => value && panel.service.setStep(element, Number(value)) });
}

export function moreGroup(element, panel) {
  const documentation = getBusinessObject(element).get("documentation")?.[0]?.text ?? "";
  const fields = [text({ label: words("documentation"), key: "documentation", lines: 3, value: documentation, help: words("documentation_help"), readOnly: panel.readOnly, set: (value) => panel.changes.documentation(element, value.trim()) })];
  if (hasWord(element)) fields.push(...idFields(element, panel));
  fields.push(...others(element, panel));
  return { key: "more", title: words("more"), open: false, fields };
}

function idFields(element, panel) {
  if (panel.readOnly) return [fact(words("id"), make("code", "", element.id))];
  const naming = panel.modeler.get("naming");
  const check = (value) => {
    const wrong = naming.objection(element, value.trim());
    return wrong ? words(`id_${wrong}`) : "";
  };
  const fields = [text({ label: words("id"), key: "id", mono: true, value: element.id, help: words("id_help"), maxLength: 60, check, set: (value) => naming.rename(element, value.trim()) })];
  const wanted = isAny(element, ["bpmn:SequenceFlow"]) ? "" : slug(panel.service.english(element));
  const free = wanted && naming.free(wanted, element);
  if (free && free !== element.id && !element.id.startsWith(wanted)) fields.push(button(words("id_suggest", { id: free }), () => naming.rename(element, free), "pencil"));
  return fields;
}

/** Properties that this panel has no words for: kept, shown, editable. */
function others(element, panel) {
  if (!(element.type in KNOWN) || KNOWN[element.type] === null) {
    if (element.type in KNOWN || !Object.keys(propertiesOf(element)).length) return [];
  }
  const known = KNOWN[element.type] ?? [];
  const left = Object.entries(propertiesOf(element)).filter(([name]) => !known.includes(name));
  if (!left.length) return [];
  const rows = left.map(([name, value]) => text({ label: name, key: `other:${name}`, mono: true, value, readOnly: panel.readOnly, set: (given) => panel.changes.properties(element, { [name]: given.trim() }) }));
  return [note(words("other_properties")), ...rows];
}
