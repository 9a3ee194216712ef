// The SVG sprite: every icon named in icons.txt (names that come from data: services, badges)
// and every icon named as a literal in a template, taken from @tabler/icons (outline).
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const outline = join(here, "../../../../node_modules/@tabler/icons/icons/outline");
const templates = join(here, "../templates");

/** All names used as icon("name") in the templates. */
function namesInTemplates() {
  const files = readdirSync(templates, { recursive: true }).filter((file) => file.endsWith(".html"));
  const texts = files.map((file) => readFileSync(join(templates, file), "utf8"));
  return texts.flatMap((text) =>
    [...text.matchAll(/\bicon\(\s*["']([a-z0-9-]+)["']/g)].map((match) => match[1]),
  );
}

/** One <symbol> from one icon file: the drawing without its frame. */
function symbol(name) {
  const drawing = readFileSync(join(outline, `${name}.svg`), "utf8")
    .replace(/<!--[^]*?-->/g, "")
    .replace(/^[^]*?<svg[^>]*>/, "")
    .replace(/<\/svg>\s*$/, "")
    .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none" ?\/>/, "")
    .replace(/\s*\n\s*/g, "");
  return `<symbol id="${name}" viewBox="0 0 24 24">${drawing}</symbol>`;
}

/** The sprite's text. A name that Tabler does not have is reported and left out. */
export function iconSprite() {
  const listed = readFileSync(join(here, "icons.txt"), "utf8").split(/\s+/).filter(Boolean);
  const names = [...new Set([...listed, ...namesInTemplates()])].sort();
  const known = names.filter((name) => existsSync(join(outline, `${name}.svg`)));
  for (const name of names.filter((each) => !known.includes(each))) {
    console.warn(`icons: @tabler/icons has no "${name}"; it will be drawn as nothing`);
  }
  return `<svg xmlns="http://www.w3.org/2000/svg">${known.map(symbol).join("")}</svg>\n`;
}
