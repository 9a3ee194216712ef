// esbuild plugin: dmn-js arrives with a list of types of our own, and without its FEEL editor. Our cells are checked by the server in our own
// language; the FEEL editor's completion and warnings would speak of another one (and weigh 500 KB).
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const tables = join(dirname(fileURLToPath(import.meta.url)), "studio/tables");
const plain = join(tables, "plain.js");

export const plainCells = {
  name: "plain-cells",
  setup(build) {
    build.onResolve({ filter: /components\/LiteralExpression$|^\.\/LiteralExpression(\.js)?$/ }, (args) =>
      (args.importer.includes("dmn-js") || args.importer === "" ? { path: plain } : undefined));
    build.onResolve({ filter: /components\/TypeRefCellContextMenu$/ }, () => ({ path: join(tables, "types.js") }));
    build.onResolve({ filter: /^@bpmn-io\/dmn-variable-resolver$/ }, () => ({ path: "none", namespace: "plain-cells" }));
    build.onLoad({ filter: /.*/, namespace: "plain-cells" }, () => ({ contents: "export const DmnVariableResolverModule = {};" }));
  },
};
