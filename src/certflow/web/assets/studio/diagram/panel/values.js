// A value that is fixed, a variable, or computed.
import { checkText } from "./checking.js";
import { words } from "../words.js";
import { link, make, number, parts, select, text } from "./fields.js";

const QUOTED = /^(?<quote>['"])(?<inner>[^'"\\]*)\k<quote>$/;
const NUMBER = /^-?\d+(?:\.\d+)?$/;
const NAME = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/;
const IN_SETTINGS = { deadline: "deadlines_in_settings", notice: "all_settings", letter: "all_settings" };
const LITERALS = ["True", "False", "None", "true", "false", "null"];

/** How a value is given: "fixed", "variable" or "computed". */
export function modeOf(value, fallback) {
  if (!value) return fallback;
  if (QUOTED.test(value) || NUMBER.test(value) || LITERALS.includes(value)) return "fixed";
  return NAME.test(value) ? "variable" : "computed";
}

export const unquoted = (value) => QUOTED.exec(value)?.groups.inner ?? value;
export const quoted = (value) => (value === "" ? "" : `'${value.replace(/['\\]/g, "")}'`);

/** A field for a variable that can be known at an element, or any expression. */
export function variableField({ label, help, value, element, panel, set, key, types }) {
  const known = panel.variables(element.id).filter((one) => !types || types.includes(one.type) || one.type === "any");
  const suggestions = known.map((one) => ({ value: one.name, title: one.label === one.name ? one.source : `${one.label}（${one.source}）` }));
  const box = text({ label, help, key, mono: true, value, suggestions, readOnly: panel.readOnly, set: (given) => set(given.trim()) });
  const meant = panel.variables(element.id).find((one) => one.name === value);
  if (meant) box.append(make("p", "cf-prop__meaning", words("meaning", { label: meant.label, source: meant.source })));
  checkText(box, element, panel);
  return box;
}

/** One parameter of an operation. */
export function parameterField(parameter, { value, element, panel, set, modes }) {
  const fallback = parameter.kind === "variable" ? "variable" : "fixed";
  const modeKey = `${element.id}:${parameter.name}`;
  const mode = modes.get(modeKey) ?? modeOf(value, fallback);
  const label = parameter.needed ? parameter.title : words("optional", { label: parameter.title });
  const turn = (next) => {
    modes.set(modeKey, next);
    panel.refresh();
  };
  const box = make("div", "cf-prop__parameter");
  const options = ["fixed", "variable", "computed"].map((one) => ({ value: one, title: words(`mode_${one}`) }));
  const common = { label, help: parameter.help, key: `parameter:${parameter.name}`, readOnly: panel.readOnly };
  if (mode === "fixed") box.append(fixed(parameter, common, value, element, panel, set));
  else box.append(variableField({ ...common, value, element, panel, set }));
  box.append(parts({ label: words("mode", { label: parameter.title }), key: `mode:${parameter.name}`, value: mode, options, readOnly: panel.readOnly, set: turn }));
  const where = IN_SETTINGS[parameter.kind];
  if (where && panel.draft.settings && !panel.readOnly) box.append(link(words(where), panel.draft.settings, "settings"));
  return box;
}

function fixed(parameter, common, value, element, panel, set) {
  if (parameter.kind === "number") return number({ ...common, value: NUMBER.test(value) ? value : "", least: 0, set });
  const offered = offers(parameter, panel);
  if (offered) return select({ ...common, value: unquoted(value), empty: words("choose"), options: offered, set: (given) => set(quoted(given)) });
  return text({ ...common, value: QUOTED.test(value) ? unquoted(value) : value, set: (given) => set(NUMBER.test(given) || LITERALS.includes(given) ? given : quoted(given.trim())) });
}

/** What there is to choose from for a kind of parameter; null when anything may be written. */
function offers(parameter, panel) {
  const { vocabulary } = panel;
  const titled = (list) => list.map((one) => ({ value: one.name, title: one.title }));
  const sides = titled(vocabulary.roles.filter((one) => ["applicant", "party"].includes(one.name)));
  const steps = () => panel.registry.filter((one) => one.type === "bpmn:UserTask").map((one) => ({ value: one.id, title: one.businessObject.name || one.id, group: words("holders_of") }));
  switch (parameter.kind) {
    case "deadline": return titled(vocabulary.deadlines);
    case "unit": return ["working_days", "calendar_days"].map((value) => ({ value, title: words(value) }));
    case "notice": return vocabulary.notices.filter((one) => one.called).map((one) => ({ value: one.name, title: one.title }));
    case "letter": return titled(vocabulary.letters);
    case "side": return sides;
    case "recipient": return [...sides, ...titled(vocabulary.roles.filter((one) => !["applicant", "party"].includes(one.name))), ...steps()];
    case "element": return steps().map(({ value, title }) => ({ value, title }));
    case "service": return titled(vocabulary.services);
    case "option": return parameter.options;
    default: return null;
  }
}
