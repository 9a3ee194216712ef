// Lights rows and cells of the table. dmn-js draws its cells again whenever it likes, so the light is a
// style sheet of its own that names them, not a class on what may be gone a moment later.
const sheet = new CSSStyleSheet();
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
const lit = { wrong: [], hit: [] };
const WRONG = "background:var(--cinnabar-tint);box-shadow:inset 0 0 0 2px var(--cinnabar)";
const HIT = "background:var(--pine-tint)";
const HIT_NUMBER = "background:var(--pine-tint);color:var(--pine);font-weight:600;box-shadow:inset 4px 0 0 var(--pine)";

function draw() {
  const cell = (id) => `.cf-tableroom [data-element-id="${CSS.escape(id)}"]`;
  const rules = lit.wrong.map((id) => `${cell(id)}{${WRONG}}`);
  for (const id of lit.hit) {
    rules.push(`.cf-tableroom td[data-row-id="${CSS.escape(id)}"]{${HIT}}`);
    rules.push(`${cell(id)}.rule-index{${HIT_NUMBER}}`);
  }
  sheet.replaceSync(rules.join("\n"));
}

/** Marks what cannot be read: ids of cells, rules, columns. */
export function lightWrong(ids) {
  lit.wrong = ids.filter(Boolean);
  draw();
}

/** Marks the rules that apply: their ids. */
export function lightHit(ids) {
  lit.hit = ids.filter(Boolean);
  draw();
}
