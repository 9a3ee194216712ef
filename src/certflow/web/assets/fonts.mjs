// Copies the TrueType fonts that the PDF kit embeds. They come from npm because Debian's CJK
// fonts are CFF collections, which ReportLab refuses; npm's are TrueType and OFL-licensed.
import { copyFileSync, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "../../documents/fonts");
const packages = join(here, "../../../../node_modules/@expo-google-fonts");

const FONTS = {
  "NotoSerifSC-Regular.ttf": "noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf",
  "NotoSerifSC-Bold.ttf": "noto-serif-sc/700Bold/NotoSerifSC_700Bold.ttf",
  "NotoSansSC-Regular.ttf": "noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf",
  "NotoSansSC-Bold.ttf": "noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf",
};

/** Copies each font that is not there yet (50 MB in all, so not again at every build). */
export function copyFonts() {
  mkdirSync(target, { recursive: true });
  for (const [name, source] of Object.entries(FONTS)) {
    const from = join(packages, source);
    const to = join(target, name);
    if (!existsSync(to) || statSync(to).size !== statSync(from).size) copyFileSync(from, to);
  }
}
