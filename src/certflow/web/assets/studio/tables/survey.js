// What the table leaves out or decides twice, each with an example that can become a test row.
import { button, made, shown, state, words } from "./saying.js";

const MOST = 10;
const LISTS = new Set(["R", "O", "C", "C+", "C<", "C>", "C#"]);

/** An example in words: what the inputs are called, and what the forms call their values. */
function described(example, inputs, { free = [], others = {} } = {}) {
  const parts = Object.entries(example)
    .filter(([name]) => !free.includes(name))
    .map(([name, value]) => {
      const input = inputs.find((one) => one.name === name);
      const said = { name: input?.label ?? name, value: input?.values[value] ?? shown(value) };
      return words(others[name] === value ? "others" : "equals", said);
    });
  return parts.join(words("comma"));
}

function line(kind, sign, text, action) {
  const row = made("li", "cf-survey__line", [state(kind, sign, text)]);
  if (action) row.append(action);
  return row;
}

/** Draws what the survey found; `use(example)` makes a test row of an example. */
export function drawSurvey(place, answer, { broken, formula, readOnly, use }) {
  place.replaceChildren();
  if (broken || formula) {
    place.append(made("p", "cf-second", words(broken ? "wait" : "formula")));
    return;
  }
  const { survey, policy, inputs } = answer;
  const list = made("ul", "cf-survey list-unstyled");
  const example = (one) => (readOnly ? null : button(words("use"), () => use(one.example)));
  const calm = LISTS.has(policy);
  for (const one of survey.overlaps) {
    list.append(line("mend", "alert-circle", words("overlap", { one: one.rows[0], other: one.rows[1], example: described(one.example, inputs) }), example(one)));
  }
  for (const number of survey.masked) list.append(line("due", "alert-triangle", words("masked", { n: number })));
  for (const one of survey.gaps) {
    const text = words("gap", { example: described(one.example, inputs, { free: one.free, others: survey.others }) || words("any") });
    list.append(line(calm ? "closed" : "due", calm ? "info-circle" : "alert-triangle", text, example(one)));
  }
  if (!survey.gaps.length && survey.whole) list.append(line("passed", "circle-check", words("no_gap")));
  place.append(list);
  const notes = [];
  if (survey.gaps.length === MOST) notes.push(words("more"));
  if (survey.gaps.length && calm) notes.push(words("gap_lists"));
  if (survey.doubtful.length) notes.push(words("doubtful", { rows: survey.doubtful.join(words("comma")) }));
  if (!survey.whole) notes.push(words("not_whole"));
  for (const note of notes) place.append(made("p", "cf-small cf-second", note));
}
