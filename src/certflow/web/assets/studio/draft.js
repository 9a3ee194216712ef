// The parts of a draft, for every editor of the studio: read, saved by themselves, who else is at
// them, and what happens when two people change the same part. Nothing typed is lost: what could
// not be saved stays on this computer, and of two versions the one not chosen can be had back.
//
//   const part = await openPart("form:file", { apply: (content) => redraw(content) });
//   part.content; part.save(changed); part.onSaved(() => ...);
import { toast } from "../scripts/toast.js";
import { ask } from "./draft/choosing.js";
import { merged } from "./draft/merging.js";
import { asked, sent } from "./draft/sending.js";
import { keep, kept, letGo } from "./draft/keeping.js";
import { bar, mayEdit, others, say, words } from "./draft/telling.js";

export { mayEdit };

const WAIT = 1200;
const AGAIN = 8000;
const ROUND = 20000;
const REGRET = 10000; // so long a choice can be taken back, and a little longer
const open = new Map();

/** What the bar says of all open parts together: the most pressing state counts. */
const STATES = ["saved", "saving", "dirty", "unsaved", "stale"];
function tell() {
  const parts = [...open.values()];
  const worst = Math.max(-1, ...parts.map((one) => STATES.indexOf(one.state)));
  const at = parts.map((one) => one.savedAt).filter(Boolean).sort().at(-1);
  say(STATES[worst] ?? "", { time: at ?? "" }, () => parts.find((one) => one.state === "stale")?.choose());
}

class Part {
  #timer = 0;
  #busy = null;
  #wanted;
  #saved = [];
  #theirs = null;
  #chosen = new Set();

  constructor(name, answer, options) {
    this.name = name;
    this.options = options;
    this.content = answer.content;
    this.base = answer.content;
    this.revision = answer.revision;
    this.changedBy = answer.changed_by ?? "";
    this.savedAt = answer.changed_at ?? "";
    this.state = "";
    this.readOnly = !mayEdit;
  }

  get url() {
    return `${bar.dataset.draft}/parts/${this.name.split("/").map(encodeURIComponent).join("/")}`;
  }

  get dirty() {
    return this.#wanted !== undefined || this.#busy !== null;
  }

  /** Calls `listener(part)` after each save that took effect. */
  onSaved(listener) {
    this.#saved.push(listener);
  }

  /** Saves soon: the last content counts. null removes the part. */
  save(content) {
    if (this.readOnly) return;
    this.content = content;
    this.#wanted = content;
    if (this.state === "stale") {
      keep(this, content);
      return;
    }
    this.#turn("dirty");
    this.#later(WAIT);
  }

  /** Saves now what is waiting; resolves when it is done. */
  async flush() {
    clearTimeout(this.#timer);
    await this.#busy;
    if (this.#wanted !== undefined && this.state !== "stale") await this.#send();
  }

  /** Shows the two versions again. */
  choose() {
    if (this.#theirs) this.#decide(this.#theirs);
  }

  /** Somebody else saved a part that is unchanged here: take theirs over. */
  async refresh() {
    if (this.dirty || this.state === "stale") return;
    const answer = await asked(this.url).catch(() => null);
    if (!answer || this.dirty || answer.revision === this.revision) return;
    this.#take(answer, answer.content);
    this.options.apply?.(answer.content);
    toast(words("taken", { who: answer.changed_by, part: this.options.title ?? this.name }));
  }

  /** What an earlier visit could not save: saved now, or put beside what others did since. */
  recover() {
    const left = this.readOnly ? null : kept(this);
    if (!left || same(left.content, this.content)) {
      letGo(this);
      return;
    }
    const theirs = { content: this.content, revision: this.revision, who: this.changedBy, at: this.savedAt };
    this.content = left.content;
    if (left.revision === this.revision) {
      this.save(left.content);
      toast(words("recovered"));
      return;
    }
    this.#wanted = left.content;
    this.#theirs = theirs;
    this.#turn("stale");
    this.#decide(theirs);
  }

  #later(wait) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#send(), wait);
  }

  #turn(state) {
    this.state = state;
    tell();
  }

  #send() {
    if (this.#busy) {
      this.#later(WAIT);
      return this.#busy;
    }
    this.#busy = this.#post().finally(() => { this.#busy = null; });
    return this.#busy;
  }

  async #post() {
    const content = this.#wanted;
    if (content === undefined) return;
    this.#wanted = undefined;
    this.#turn("saving");
    try {
      const answer = await sent(this.url, { content, revision: this.revision });
      this.base = content;
      this.revision = answer.revision;
      this.savedAt = answer.saved_at;
      letGo(this);
      this.#turn(this.#wanted === undefined ? "saved" : "dirty");
      this.#saved.forEach((listener) => listener(this));
      dispatchEvent(new CustomEvent("studio:saved", { detail: { part: this.name } }));
    } catch (error) {
      this.#wanted ??= content;
      keep(this, this.#wanted);
      if (error.status === 409 && error.answer.theirs) this.#collide(error.answer.theirs);
      else this.#fail(error);
    }
  }

  #fail(error) {
    this.#turn("unsaved");
    const refused = error.status >= 400 && error.status < 500 && error.status !== 429;
    if (refused) say("refused", { why: error.message });
    else this.#later(AGAIN);
  }

  /** What was chosen of the two versions of this part, as soon as it is; "" when there is nothing to choose. */
  async choice() {
    await this.flush();
    if (this.state !== "stale") return "";
    return new Promise((resolve) => {
      const once = (choice) => {
        this.#chosen.delete(once);
        resolve(choice);
      };
      this.#chosen.add(once);
    });
  }

  /** Changes at different places go together by themselves; at the same place a person decides. */
  async #collide(theirs) {
    let both = merged(this.base, this.#wanted, theirs.content);
    const leader = both === undefined ? this.options.follows?.() : null;
    if (leader) {
      this.#theirs = theirs;
      this.#turn("stale");
      const choice = await leader.choice();
      if (this.#theirs !== theirs) return;
      if (choice) both = this.#asChosen(leader, choice, this.base, this.content, theirs.content);
    }
    if (both === undefined) {
      this.#theirs = theirs;
      this.#turn("stale");
      this.#decide(theirs);
      return;
    }
    this.#take(theirs, both);
    this.#wanted = both;
    this.options.apply?.(both);
    toast(words("merged", { who: theirs.who }));
    this.#later(0);
  }

  /** Both changes in one as the leader's were chosen; otherwise, if that is taken back at once. */
  #asChosen(leader, choice, base, mine, theirs) {
    const otherwise = (other) => {
      leader.#chosen.delete(otherwise);
      const content = merged(base, mine, theirs, other);
      this.options.apply?.(content);
      this.save(content);
    };
    leader.#chosen.add(otherwise);
    setTimeout(() => leader.#chosen.delete(otherwise), REGRET);
    return merged(base, mine, theirs, choice);
  }

  #take(answer, content) {
    this.content = content;
    this.base = answer.content;
    this.revision = answer.revision;
    this.savedAt = answer.at ?? answer.changed_at ?? this.savedAt;
    this.#wanted = undefined;
    this.#theirs = null;
    this.#turn("saved");
  }

  async #decide(theirs) {
    const mine = this.content;
    const title = this.options.title ?? this.name;
    const choice = await ask({ part: this.name, title, mine, theirs, show: this.options.show });
    if (!choice || this.#theirs !== theirs) return;
    this.#settle(choice, this.content, theirs);
    const back = choice === "mine" ? "theirs" : "mine";
    toast(words(choice === "mine" ? "chose_mine" : "chose_theirs", { who: theirs.who }), () => {
      this.#settle(back, mine, { ...theirs, content: theirs.content, revision: this.revision, at: "" }, true);
    });
  }

  #settle(choice, mine, theirs, again = false) {
    const content = choice === "mine" ? mine : theirs.content;
    this.#take({ ...theirs, at: theirs.at || this.savedAt }, content);
    letGo(this);
    if (choice === "theirs" || again) this.options.apply?.(content);
    if (choice === "mine" || again) this.save(content);
    [...this.#chosen].forEach((listener) => listener(choice));
  }
}

function same(one, other) {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/**
 * Opens a part of the draft.
 *
 * options: `fresh` content of a part that is not there yet; `apply(content)` is called when another
 * content has to be shown (theirs, or both merged); `show(container, content, other)` draws a version
 * in the dialog that compares (without it: the words, with what differs marked); `title` for people;
 * `follows()` another part: what is chosen of its two versions is chosen of this one's too.
 */
export async function openPart(name, options = {}) {
  const part = new Part(name, { content: options.fresh, revision: 0 }, options);
  try {
    const answer = await asked(part.url);
    Object.assign(part, { content: answer.content, base: answer.content, revision: answer.revision, changedBy: answer.changed_by, savedAt: answer.changed_at });
  } catch (error) {
    if (error.status !== 404 || options.fresh === undefined) throw error;
  }
  part.state = part.revision ? "saved" : "";
  open.set(name, part);
  tell();
  part.recover();
  if (open.size === 1) begin();
  else visit();
  return part;
}

/** Forgets a part that is no longer edited on this page. */
export function closePart(part) {
  if (open.get(part.name) === part) open.delete(part.name);
  tell();
}

/** Saves everything that waits; an editor may add what it still gathers ("studio:gather"). */
export async function flushAll() {
  const waits = [];
  dispatchEvent(new CustomEvent("studio:gather", { detail: { waits } }));
  await Promise.all(waits);
  await Promise.all([...open.values()].map((part) => part.flush()));
}

let present = "";

/** Which part the others are told one is at; the first one opened unless said. */
export function at(name) {
  present = name;
  visit();
}

async function visit() {
  if (!mayEdit || !open.size || document.hidden) return;
  const name = present || [...open.keys()][0];
  const answer = await sent(`${bar.dataset.draft}/visit`, { part: name }).catch(() => null);
  if (!answer) return;
  others(answer.others);
  const part = open.get(name);
  if (part && answer.revision > part.revision) part.refresh();
  for (const other of open.values()) if (other !== part && answer.others.length) other.refresh();
}

function begin() {
  visit();
  setInterval(visit, ROUND);
  document.addEventListener("visibilitychange", visit);
  addEventListener("online", () => { for (const part of open.values()) part.flush(); });
  addEventListener("beforeunload", (event) => {
    const left = [...open.values()].filter((part) => part.dirty);
    for (const part of left) {
      keep(part, part.content);
      part.flush();
    }
    if (left.length) event.preventDefault();
  });
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("a[href]");
    const leaves = link && !link.target && !event.ctrlKey && !event.metaKey && !event.shiftKey && link.origin === location.origin;
    if (!leaves || link.hash && link.pathname === location.pathname) return;
    if (event.defaultPrevented || link.hasAttribute("download")) return;
    event.preventDefault();
    await flushAll();
    location.assign(link.href);
  });
}
