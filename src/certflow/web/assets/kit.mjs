// Trims @tabler/core: of its 600 KB of CSS we keep the reset, the grid, the utilities and the
// plain parts (table, form, button, card, alert); everything that carries another class goes.
import { readFile } from "node:fs/promises";

/** Classes of Tabler that templates may use; all our own parts are called cf-. */
const KEPT = [
  /^(container|container-fluid|row|row-cols-\d|col|col-(auto|\d+)|g[xy]?-\d)$/,
  /^(row-cols|col)-(sm|md|lg|xl)(-(auto|\d+))?$/,
  /^d-((sm|md|lg|print)-)?(none|block|inline|inline-block|flex|inline-flex|grid)$/,
  /^[mp][tbsexy]?-(\d|auto)$/,
  /^(gap|row-gap|column-gap)-\d$/,
  /^flex-(row|column|wrap|nowrap|fill|grow-[01]|shrink-[01])$/,
  /^(justify-content|align-items|align-self)-(start|center|end|between|baseline|stretch)$/,
  /^text-(start|center|end|wrap|nowrap|break|truncate|decoration-none)$/,
  /^(w|h)-(25|50|75|100|auto)$/,
  /^(visually-hidden|visually-hidden-focusable|sticky-top|overflow-(auto|hidden)|list-unstyled)$/,
];

/** True when every class in the selector is one that is kept. */
function keeps(selector) {
  const classes = [...selector.matchAll(/\.((?:\\.|[\w-])+)/g)].map((match) => match[1]);
  if (/\[(data-bs|class)/.test(selector)) return false;
  return classes.every((name) => KEPT.some((kept) => kept.test(name)));
}

/** Splits CSS text into [prelude, body] blocks at its top level. */
function blocks(css) {
  const found = [];
  let depth = 0;
  let start = 0;
  let open = 0;
  for (let at = 0; at < css.length; at += 1) {
    const character = css[at];
    if (character === '"' || character === "'") at = css.indexOf(character, at + 1);
    else if (character === "{" && depth++ === 0) open = at;
    else if (character === "}" && --depth === 0) {
      found.push([css.slice(start, open).trim(), css.slice(open + 1, at)]);
      start = at + 1;
    } else if (character === ";" && depth === 0) start = at + 1;
  }
  return found;
}

/** The kept rules of a style sheet, media queries included. */
export function trim(css) {
  return blocks(css.replace(/\/\*[^]*?\*\//g, ""))
    .map(([prelude, body]) => {
      if (/^@(media|supports)/.test(prelude)) {
        const inner = trim(body);
        return inner && `${prelude}{${inner}}`;
      }
      if (prelude.startsWith("@")) return "";
      const kept = prelude.split(/,(?![^(]*\))/).filter(keeps);
      return kept.length ? `${kept.join(",")}{${body}}` : "";
    })
    .join("");
}

/** esbuild plugin: whenever Tabler's style sheet is imported, it arrives trimmed. */
export const trimmedKit = {
  name: "trimmed-kit",
  setup(build) {
    build.onLoad({ filter: /@tabler[\\/]core[\\/]dist[\\/]css[\\/]tabler\.css$/ }, async (args) => ({
      contents: trim(await readFile(args.path, "utf8")),
      loader: "css",
    }));
  },
};
