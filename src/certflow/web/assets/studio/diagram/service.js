// What the service's settings say about elements: names in English, hints, outcomes, reminders.
// Changes run through the command stack, so that undo takes them back with the drawing's.
import { getBusinessObject, is, isAny } from "bpmn-js/lib/util/ModelUtil";
import CommandInterceptor from "diagram-js/lib/command/CommandInterceptor";
import { inStep, withStep } from "./steps.js";

const LISTS = [["withdraw_until"], ["concludes"], ["appealable", "reopen_at"], ["appealable", "outcomes"]];

/** What the applicant reads at a new stage until somebody writes something better. */
const HINTS = {
  theirs: { zh: "轮到您办理：请填写后提交，草稿自动保存。", en: "Your turn: fill it in and submit it. Your draft is saved by itself." },
  called: { zh: "请先办好由此发起的另一项业务，它办结后自动进入下一步。", en: "Another case was opened from here: deal with it first. This one goes on by itself when that ends." },
  waits: { zh: "正在等待，收到后自动进入下一步。", en: "Waiting; it goes on by itself when that arrives." },
  others: { zh: "正在办理，您现在不用做什么。", en: "It is being dealt with; nothing for you to do now." },
};

const isObject = (one) => one !== null && typeof one === "object" && !Array.isArray(one);
const at = (holder, path) => path.reduce((value, key) => (isObject(value) || Array.isArray(value) ? value[key] : undefined), holder);

/** A copy of `holder` with another value at a path; undefined removes the key. */
function changed(holder, [key, ...rest], value) {
  const copy = Array.isArray(holder) ? [...holder] : { ...(isObject(holder) ? holder : {}) };
  const next = rest.length ? changed(copy[key], rest, value) : value;
  if (next === undefined) delete copy[key];
  else copy[key] = next;
  return copy;
}

/** The same object with one key called otherwise, in its place. */
function renamed(object, before, after) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key === before ? after : key, value]));
}

/** All that is drawn of an element: its name may stand beside it. */
const drawn = (element) => (element ? [element, ...(element.labels ?? [])] : []);

/** Whether an element is a stage that the applicant is shown. */
export function isStage(element) {
  const events = getBusinessObject(element).eventDefinitions ?? [];
  return isAny(element, ["bpmn:UserTask", "bpmn:ReceiveTask", "bpmn:CallActivity"]) || (is(element, "bpmn:IntermediateCatchEvent") && events.some((one) => is(one, "bpmn:MessageEventDefinition")));
}

export class ServiceWords extends CommandInterceptor {
  static $inject = ["eventBus", "commandStack", "elementRegistry", "config.service"];

  #gone = new Set();
  #made = new Set();

  constructor(eventBus, commandStack, elementRegistry, service) {
    super(eventBus);
    Object.assign(this, { eventBus, commandStack, registry: elementRegistry, content: service ?? {} });
    commandStack.register("certflow.service", {
      execute: (context) => {
        context.before = at(this.content, context.path);
        this.content = changed(this.content, context.path, context.value);
        return drawn(context.element);
      },
      revert: (context) => {
        this.content = changed(this.content, context.path, context.before);
        return drawn(context.element);
      },
    });
    // a listener that returns something would keep the event from all others
    eventBus.on(["shape.removed", "connection.removed"], ({ element }) => { this.#gone.add(element.id); });
    this.postExecuted("shape.create", ({ context: { shape } }) => { this.#made.add(shape); });
    this.preExecute(["element.updateProperties", "element.updateLabel"], ({ context }) => { context.namedBefore = getBusinessObject(context.element).name ?? ""; });
    this.postExecuted(["element.updateProperties", "element.updateLabel"], ({ context }) => this.#follow(context));
  }

  get(...path) {
    return at(this.content, path);
  }

  /** Changes a setting as one step to undo; `element` is drawn again. */
  set(path, value, element) {
    if (JSON.stringify(at(this.content, path)) === JSON.stringify(value)) return;
    this.commandStack.execute("certflow.service", { path, value, element });
  }

  /** Where the name of an element is kept: a stage's, an outcome's, a lane's, any other's. */
  place(element) {
    const id = element.id;
    if (is(element, "bpmn:Lane")) return ["lanes", id];
    if (this.get("outcomes", id)) return ["outcomes", id, "name"];
    if (this.get("stages", id) || isStage(element)) return ["stages", id, "name"];
    return ["names", id];
  }

  /** The number of the step in which the applicant sees an element, -1 when it is in none. */
  step(element) {
    return inStep(this.saved(), element.id);
  }

  setStep(element, number) {
    const steps = (this.saved().steps ?? []).map((one, index) => {
      const rest = (one.elements ?? []).filter((id) => id !== element.id);
      return { ...one, elements: index === number ? [...rest, element.id] : rest };
    });
    this.set(["steps"], steps, element);
  }

  english(element) {
    const found = this.get(...this.place(element));
    return isObject(found) ? found.en ?? "" : found ?? "";
  }

  setEnglish(element, english) {
    const place = this.place(element);
    if (place[0] === "names") {
      this.set(place, english || undefined, element);
      return;
    }
    const zh = this.get(...place)?.zh ?? getBusinessObject(element).name ?? "";
    if (place[0] === "stages" && !this.get("stages", element.id)) this.set(place.slice(0, 2), this.#stage(element, zh, english), element);
    else this.set(place, { zh, en: english }, element);
  }

  #stage(element, zh, en) {
    const mine = this.registry.get("applicant");
    const theirs = mine && getBusinessObject(mine).get("flowNodeRef").includes(getBusinessObject(element));
    const hint = is(element, "bpmn:CallActivity") ? "called" : !is(element, "bpmn:UserTask") ? "waits" : theirs ? "theirs" : "others";
    return { name: { zh, en }, hint: HINTS[hint] };
  }

  /** A stage, outcome or lane whose name was the drawn one stays called as it is drawn. */
  #follow({ element, namedBefore, properties }) {
    const target = element.labelTarget ?? element;
    const name = getBusinessObject(target).name ?? "";
    if ((properties && !("name" in properties)) || name === namedBefore) return;
    const place = this.place(target);
    const known = place[0] === "names" ? undefined : this.get(...place);
    if (place[0] === "stages" && !known) this.set(place.slice(0, 2), this.#stage(target, name, ""), target);
    if (isObject(known) && (known.zh === namedBefore || !known.zh)) this.set([...place, "zh"], name, target);
  }

  /** Carries everything said about an element over to its new id. */
  rename(before, id) {
    for (const group of ["names", "stages", "outcomes", "lanes"]) {
      const held = this.get(group);
      if (isObject(held) && before in held) this.set([group], renamed(held, before, id));
    }
    for (const path of LISTS) {
      const list = this.get(...path);
      if (list?.includes?.(before)) this.set(path, list.map((one) => (one === before ? id : one)));
    }
    if (this.get("submit") === before) this.set(["submit"], id);
    (this.get("steps") ?? []).forEach((step, index) => {
      if (step.elements?.includes(before)) this.set(["steps", index, "elements"], step.elements.map((one) => (one === before ? id : one)));
    });
    for (const [name, notice] of Object.entries(this.get("notices") ?? {})) {
      if (notice.on === before) this.set(["notices", name, "on"], id);
    }
  }

  /** The settings to keep: new stages are in a step, elements that were deleted here in none. */
  saved() {
    const gone = new Set([...this.#gone].filter((id) => !this.registry.get(id)));
    const content = gone.size ? this.#without(gone) : this.content;
    const made = [...this.#made].filter((one) => this.registry.get(one.id) === one && isStage(one));
    return made.reduce((found, one) => withStep(found, one, this.registry), content);
  }

  #without(gone) {
    let content = this.content;
    for (const group of ["names", "stages", "outcomes"]) {
      const held = at(content, [group]);
      if (isObject(held) && Object.keys(held).some((id) => gone.has(id))) {
        content = changed(content, [group], Object.fromEntries(Object.entries(held).filter(([id]) => !gone.has(id))));
      }
    }
    for (const path of LISTS) {
      const list = at(content, path);
      if (list?.some?.((id) => gone.has(id))) content = changed(content, path, list.filter((id) => !gone.has(id)));
    }
    (content.steps ?? []).forEach((step, index) => {
      if (step.elements?.some((id) => gone.has(id))) content = changed(content, ["steps", index, "elements"], step.elements.filter((id) => !gone.has(id)));
    });
    return content;
  }

  /** Takes over what somebody else saved. */
  replace(content) {
    this.content = content;
    this.eventBus.fire("certflow.service.replaced");
  }
}

export const serviceWords = {
  __init__: ["serviceWords"],
  serviceWords: ["type", ServiceWords],
};
