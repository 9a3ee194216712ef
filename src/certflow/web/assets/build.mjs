// Builds everything the browser loads into ../static/dist/ (hashed names, listed in
// manifest.json) and copies the PDF kit's fonts. Needs `npm ci` first; takes a second or two.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { copyFonts } from "./fonts.mjs";
import { iconSprite } from "./icons.mjs";
import { plainCells } from "./cells.mjs";
import { trimmedKit } from "./kit.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "../static/dist");
const manifest = {};
const written = new Set(["manifest.json"]);

/** Writes a file under a name that carries its content's hash and lists it in the manifest. */
function put(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8).toUpperCase();
  const hashed = name.replace(/(\.\w+)$/, `-${hash}$1`);
  writeFileSync(join(dist, hashed), content);
  manifest[name] = hashed;
  written.add(hashed);
}

/** Bundles the entry points; `app.js` and `app.css` are on every page, `viewer.*` on case pages. */
async function bundle() {
  const result = await build({
    entryPoints: {
      app: join(here, "scripts/app.js"),
      style: join(here, "styles/index.css"),
      viewer: join(here, "viewer/viewer.js"),
      "studio-diagram": join(here, "studio/diagram/index.js"),
      "studio-desk": join(here, "studio/desk/desk.js"),
      "studio-forms": join(here, "studio/forms/index.js"),
      "studio-forms-list": join(here, "studio/forms/list.js"),
      "studio-difference": join(here, "studio/difference/difference.js"),
      "studio-settings": join(here, "studio/settings/settings.js"),
      "studio-tables": join(here, "studio/tables/tables.js"),
      "studio-trial": join(here, "studio/trial/run.js"),
    },
    outdir: dist,
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    bundle: true,
    minify: true,
    format: "esm",
    target: ["es2022", "chrome109", "firefox115", "safari16"],
    loader: { ".woff2": "file", ".svg": "dataurl" },
    external: ["*.eot", "*.ttf", "*.woff"],
    legalComments: "linked",
    metafile: true,
    logLevel: "warning",
    plugins: [plainCells, trimmedKit],
  });
  for (const [path, output] of Object.entries(result.metafile.outputs)) {
    const file = basename(path);
    written.add(file);
    if (!output.entryPoint) continue;
    manifest[file.replace(/-[A-Z0-9]{8}(?=\.\w+$)/, "")] = file;
    if (output.cssBundle) {
      manifest[file.replace(/-[A-Z0-9]{8}\.js$/, ".css")] = basename(output.cssBundle);
    }
  }
}

/** Removes what older builds left, an hour later: a page open in a browser may still want it. */
function sweep() {
  for (const file of readdirSync(dist)) {
    const path = join(dist, file);
    if (written.has(file)) utimesSync(path, new Date(), new Date());
    else if (Date.now() - statSync(path).mtimeMs > 3_600_000) rmSync(path, { recursive: true });
  }
}

const started = Date.now();
mkdirSync(dist, { recursive: true });
copyFonts();
await bundle();
put("icons.svg", iconSprite());
put("favicon.svg", readFileSync(join(here, "drawings/favicon.svg")));
writeFileSync(join(dist, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
sweep();
const names = Object.keys(manifest).sort().join(" ");
console.log(`${relative(process.cwd(), dist)}: ${names} (${Date.now() - started} ms)`);
