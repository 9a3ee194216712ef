// A question that gets another key gets it in the rest of the draft too: forms that judge it, letters,
// settings, tests. Undo takes the old key back there as well.
import { toast } from "../../scripts/toast.js";
import { sent } from "../draft/sending.js";
import { placeOf } from "./model.js";
import { about, words } from "./words.js";

/** Watches the editor for new keys; `part` is the open part, which is saved first. */
export function follow(editor, part) {
  let last = Promise.resolve();
  const rename = async ({ from, to }) => {
    await part.flush();
    if (!placeOf(editor.content, to) || part.dirty) return; // taken back meanwhile, or not saved
    try {
      const { parts } = await sent(about.rename, { group: about.group, name: about.name, before: from, after: to });
      if (parts.length) toast(words("followed", { parts: parts.join(words("comma")) }));
      dispatchEvent(new Event("studio:saved"));
    } catch (error) {
      if (error.message) toast(error.message);
    }
  };
  editor.addEventListener("renamed", ({ detail }) => {
    last = last.then(() => rename(detail));
  });
}
