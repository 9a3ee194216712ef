// Reads diagrams the way the studio's editor does and writes them again: {key: xml} in, {key: xml} out.
import { BpmnModdle } from "bpmn-moddle";
import { certflow } from "../../src/certflow/web/assets/studio/diagram/moddle.js";

let given = "";
for await (const piece of process.stdin) given += piece;
const written = {};
for (const [key, xml] of Object.entries(JSON.parse(given))) {
  const moddle = new BpmnModdle({ certflow });
  const { rootElement } = await moddle.fromXML(xml);
  written[key] = (await moddle.toXML(rootElement, { format: true })).xml;
}
console.log(JSON.stringify(written));
