// One of two versions of a form, for who has to choose: as it will look, with what differs marked.
import { listDifferences } from "../draft/differing.js";
import { sent } from "../draft/sending.js";
import { h } from "./controls.js";
import { allFields, property } from "./model.js";
import { about, words } from "./words.js";

/** The questions that are not the same on both sides. */
function differing(content, other) {
  const seen = (form, name) => JSON.stringify([allFields(form).find((one) => one.name === name), property(form, name), form.schema?.required?.includes(name)]);
  return allFields(content).filter((one) => seen(content, one.name) !== seen(other, one.name));
}

/** Draws a version into the dialog that compares; pages below each other, nothing to type into. */
export async function compared(container, content, other) {
  const found = differing(content, other);
  const frame = h("iframe", { class: "cf-fe-compared", title: words("preview"), sandbox: "allow-same-origin" });
  const told = h("div", { class: "cf-fe-differs" });
  container.replaceChildren(told, frame);
  if (!(await listDifferences(about.part, told, content, other))) told.append(words("differs_elsewhere"));
  const page = (content.pages ?? []).find((one) => found.some((field) => one.fields?.includes(field)))?.key ?? "";
  const answer = await sent(about.preview, { content, locale: about.locale, page }).catch(() => null);
  if (!answer) return;
  frame.addEventListener("load", () => {
    for (const { name } of found) {
      const control = frame.contentDocument.getElementById(`f-${name}`) ?? frame.contentDocument.querySelector(`[name="${CSS.escape(name)}"]`);
      control?.closest("[data-records], [data-review], .cf-field, .cf-notice-field")?.setAttribute("data-lit", "");
    }
    frame.contentDocument.querySelector("[data-lit]")?.scrollIntoView({ block: "center" });
    frame.contentDocument.body.inert = true;
  }, { once: true });
  frame.srcdoc = answer.html;
}
