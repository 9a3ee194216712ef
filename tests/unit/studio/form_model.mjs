// Runs the editor's model over forms (JSON on standard input) and writes what became of them.
// "asked" says what to do; by default every change is made and taken back.
import { readFileSync } from "node:fs";

const { forms, assets, act } = JSON.parse(readFileSync(0, "utf8"));
const model = await import(`${assets}/model.js`);
const { History } = await import(`${assets}/history.js`);
const { KINDS, kindOf } = await import(`${assets}/widgets.js`);
const { rowsOf, textOf } = await import(`${assets}/../conditions/grammar.js`);
const { merged } = await import(`${assets}/../draft/merging.js`);

const again = (value) => structuredClone(value);

/** Every kind of change to every field, undone at once: what is left is what was there. */
function undone(content) {
  const history = new History();
  let present = again(content);
  const doing = (change) => {
    history.note(again(present));
    change(present);
  };
  for (const { name } of model.allFields(content)) {
    doing((form) => model.putText(model.placeOf(form, name).field, "label", "zh", "别的"));
    doing((form) => model.setRequired(form, name, !model.isRequired(form, name)));
    for (const kind of Object.keys(KINDS)) doing((form) => model.setKind(form, name, kind));
    doing((form) => model.renameField(form, name, `${name}_other`));
    doing((form) => model.copyField(form, `${name}_other`));
    doing((form) => model.nudgeField(form, `${name}_other`, 1));
    doing((form) => model.removeField(form, `${name}_other`));
    while (history.canUndo) present = history.undo(present);
  }
  doing((form) => model.addField(form, "file", 0, 0));
  return history.undo(present);
}

/** Looked at as the panels do, nothing changed. */
function looked(content) {
  const seen = again(content);
  for (const field of model.allFields(seen)) {
    kindOf(field, model.property(seen, field.name));
    model.isRequired(seen, field.name);
    model.variables(seen, (text) => text?.zh, { before: field.name });
    rowsOf(field.visible_if ?? "");
  }
  return seen;
}

/** Moved to another place and back, renamed and back, required and back: without undo. */
function back(content) {
  const form = again(content);
  for (const { name } of model.allFields(content)) {
    const { page, index } = model.placeOf(form, name);
    model.moveField(form, name, page, Infinity);
    model.moveField(form, name, page, index);
    model.renameField(form, name, "for_a_moment");
    model.renameField(form, "for_a_moment", name);
  }
  return form;
}

const DO = { undone, looked, back, merged: ([base, mine, theirs]) => merged(base, mine, theirs) ?? null, conditions: (texts) => texts.map((text) => {
  const rows = rowsOf(text);
  return rows && textOf(rows);
}), rewritten: (texts) => texts.map((text) => {
  const bare = (one) => (one.rows ? { ...one, rows: one.rows.map(bare) } : { ...one, text: undefined });
  return textOf(bare(rowsOf(text)), { dates: "stored", typeOf: () => "date" });
}), run: (steps) => {
  const form = steps.form;
  for (const [name, ...given] of steps.calls) model[name](form, ...given);
  return form;
} };
process.stdout.write(JSON.stringify(Array.isArray(forms) ? forms.map(DO[act]) : DO[act](forms)));
