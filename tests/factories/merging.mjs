// Puts two people's changes together as the studio's editors do: [[base, mine, theirs, prefer]] in.
import { merged } from "../../src/certflow/web/assets/studio/draft/merging.js";

let given = "";
for await (const piece of process.stdin) given += piece;
const both = JSON.parse(given).map((one) => merged(...one));
console.log(JSON.stringify(both.map((one) => (one === undefined ? "collides" : one))));
