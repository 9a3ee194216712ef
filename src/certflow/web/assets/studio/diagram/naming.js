// Ids are words: step_1, file_to_review. An id that nobody chose follows the names; a chosen one stays.
import BpmnFactory from "bpmn-js/lib/features/modeling/BpmnFactory";
import { getBusinessObject, getDi, is, isAny } from "bpmn-js/lib/util/ModelUtil";
import CommandInterceptor from "diagram-js/lib/command/CommandInterceptor";

const WORDS = [
  ["bpmn:SubProcess", "part"],
  ["bpmn:BusinessRuleTask", "decide"],
  ["bpmn:CallActivity", "call"],
  ["bpmn:Activity", "step"],
  ["bpmn:StartEvent", "begun"],
  ["bpmn:EndEvent", "ended"],
  ["bpmn:Event", "moment"],
  ["bpmn:ParallelGateway", "fork"],
  ["bpmn:Gateway", "choice"],
  ["bpmn:SequenceFlow", "flow"],
  ["bpmn:TextAnnotation", "note"],
  ["bpmn:Association", "note_line"],
  ["bpmn:Lane", "lane"],
  ["bpmn:LaneSet", "lanes"],
];
const AUTOMATIC = new RegExp(`^(?:${WORDS.map(([, word]) => word).join("|")})_\\d+$`);
const MOST = 60;
const RESERVED = new Set(["true", "false", "none", "null", "and", "or", "not", "in", "if", "else", "withdrawn"]);

/** bpmn-js' factory, with words for ids. */
class Factory extends BpmnFactory {
  static $inject = ["moddle"];

  _ensureId(element) {
    if (!element.id && this._needsId(element)) {
      const word = WORDS.find(([type]) => is(element, type))?.[1];
      const ids = this._model.ids;
      for (let number = 1; word && !element.id; number += 1) {
        const id = `${word}_${number}`;
        if (!ids.assigned(id)) {
          ids.claim(id, element);
          element.set("id", id);
        }
      }
      if (element.id) return;
    }
    super._ensureId(element);
  }
}

/** A word for an id out of an English name: "Check the documents" -> check_the_documents. */
export function slug(name) {
  const plain = name.normalize("NFKD").replace(/[^\x00-\x7f]/g, "").toLowerCase();
  const word = plain.replace(/['’]/g, "").replace(/[^a-z0-9]+/g, "_").replace(/^[_0-9]+|_+$/g, "");
  return word.slice(0, MOST).replace(/_+$/, "");
}

/** Whether nobody chose the id yet. */
export const isAutomatic = (id) => AUTOMATIC.test(id) || /_\d+$/.test(id) && /^(?:Activity|Event|Gateway|Flow|Lane|TextAnnotation)_/.test(id) || /^(?:Activity|Event|Gateway|Flow|Lane)_[0-9a-z]{7}$/.test(id);

/** A new id, and one for the shape or line: the next element would draw itself under the one that became free. */
function withDrawing(element, id) {
  return getDi(element)?.id === `${element.id}_di` ? { id, di: { id: `${id}_di` } } : { id };
}

/** Gives elements their words, and keeps what refers to them. */
export class Naming extends CommandInterceptor {
  static $inject = ["eventBus", "modeling", "elementRegistry", "moddle", "commandStack", "serviceWords"];

  #given = new WeakMap();

  constructor(eventBus, modeling, elementRegistry, moddle, commandStack, serviceWords) {
    super(eventBus);
    Object.assign(this, { modeling, registry: elementRegistry, ids: moddle.ids, commandStack, serviceWords });
    commandStack.register("certflow.rename", { preExecute: ({ element, id }) => this.#rename(element, id) });
    const follow = ({ context }) => this.#nameFlow(context.connection ?? context.target);
    this.postExecuted(["connection.create", "connection.reconnect"], 300, follow);
    this.postExecuted("shape.replace", 100, ({ context: { newShape } }) => {
      for (const flow of [...newShape.incoming ?? [], ...newShape.outgoing ?? []]) this.#nameFlow(flow);
    });
  }

  /** Says what is wrong with an id for an element: "", "word", "taken". */
  objection(element, id) {
    if (!/^[a-z][a-z0-9_]*$/.test(id) || id.length > MOST || RESERVED.has(id)) return "word";
    const held = this.ids.assigned(id);
    return held && held !== getBusinessObject(element) ? "taken" : "";
  }

  /** An id like `wanted` that is still free. */
  free(wanted, element) {
    let id = wanted;
    for (let number = 2; this.objection(element, id) === "taken"; number += 1) id = `${wanted}_${number}`;
    return id;
  }

  /** Changes an id and everything that refers to it, as one step to undo. */
  rename(element, id) {
    if (id !== element.id && !this.objection(element, id)) this.commandStack.execute("certflow.rename", { element, id });
  }

  #rename(element, id) {
    const before = element.id;
    this.modeling.updateProperties(element, withDrawing(element, id));
    this.serviceWords.rename(before, id);
    this.#rewrite(before, id);
    for (const flow of [...element.incoming ?? [], ...element.outgoing ?? []]) this.#nameFlow(flow, before);
  }

  /** Operations name elements too: tally_reviews of 'evaluate'. */
  #rewrite(before, id) {
    for (const element of this.registry.filter((one) => is(one, "bpmn:ServiceTask") && !one.labelTarget)) {
      for (const one of getBusinessObject(element).extensionElements?.values?.flatMap((each) => each.values ?? []) ?? []) {
        if (["element", "to"].includes(one.name) && one.value === `'${before}'`) this.modeling.updateModdleProperties(element, one, { value: `'${id}'` });
      }
    }
  }

  /** A flow whose id nobody chose is called after its ends. */
  #nameFlow(flow, before) {
    if (!flow || !is(flow, "bpmn:SequenceFlow") || !flow.source || !flow.target) return;
    const ends = (end) => [end.id, before].filter(Boolean);
    const old = ends(flow.source).flatMap((source) => ends(flow.target).map((target) => `${source}_to_${target}`));
    const paired = /^(?<source>.+)_to_(?<target>.+)$/.exec(flow.id)?.groups;
    const reconnected = paired && !before && (paired.source === flow.source.id || paired.target === flow.target.id);
    if (!isAutomatic(flow.id) && !old.includes(flow.id) && !reconnected && this.#given.get(flow) !== flow.id) return;
    const id = this.free(`${flow.source.id}_to_${flow.target.id}`, flow);
    if (id === flow.id) return;
    const was = flow.id;
    this.#given.set(flow, id);
    this.modeling.updateProperties(flow, withDrawing(flow, id));
    this.serviceWords.rename(was, id);
  }
}

/** Whether an element has an id that people may choose. */
export const hasWord = (element) => isAny(element, ["bpmn:FlowNode", "bpmn:SequenceFlow"]);

export const naming = {
  __init__: ["naming"],
  bpmnFactory: ["type", Factory],
  naming: ["type", Naming],
};
