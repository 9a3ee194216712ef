// dmn-js with what our engine reads: decision tables and expressions, no drawing of requirements.
import EditingManager from "dmn-js-shared/lib/base/EditingManager";
import Editor from "dmn-js-decision-table/lib/Editor";
import Viewer from "dmn-js-decision-table/lib/Viewer";
import ExpressionEditor from "dmn-js-literal-expression/lib/Editor";
import ExpressionViewer from "dmn-js-literal-expression/lib/Viewer";
import requirements from "dmn-js-decision-table/lib/features/view-drd";
import requirementsOfExpressions from "dmn-js-literal-expression/lib/features/view-drd";
import languages from "dmn-js-decision-table/lib/features/expression-language";
import times from "dmn-js-decision-table/lib/features/simple-time-edit";
import { is } from "dmn-js-shared/lib/util/ModelUtil";
import { translating } from "./chinese.js";

/** What a column may hold; our engine reads no times of day. */
const TYPES = ["string", "number", "boolean", "date", "dateTime", "dayTimeDuration", "yearMonthDuration", "Any"];
const LEFT_OUT = new Set([requirements, requirementsOfExpressions, languages, times]);

/** Test rows of a decision, in its extension elements. */
const TESTS = {
  name: "CertFlow", prefix: "certflow", uri: "http://certflow.org/bpmn", xml: { tagAlias: "lowerCase" },
  types: [
    { name: "Tests", superClass: ["Element"], properties: [{ name: "rows", type: "Test", isMany: true }] },
    { name: "Test", superClass: ["Element"], properties: [{ name: "name", isAttr: true, type: "String" }, { name: "expected", isAttr: true, type: "String" }, { name: "given", type: "Given", isMany: true }] },
    { name: "Given", superClass: ["Element"], properties: [{ name: "name", isAttr: true, type: "String" }, { name: "value", isAttr: true, type: "String" }] },
  ],
};

function without(Base) {
  return class extends Base {
    getModules() {
      return super.getModules().filter((module) => !LEFT_OUT.has(module));
    }
  };
}

const isTable = (element) => is(element, "dmn:Decision") && is(element.decisionLogic, "dmn:DecisionTable");
const isExpression = (element) => is(element, "dmn:Decision") && is(element.decisionLogic, "dmn:LiteralExpression");

class Room extends EditingManager {
  _getViewProviders() {
    const [Table, Expression] = this._options.readOnly ? [Viewer, ExpressionViewer] : [Editor, ExpressionEditor];
    return [
      { id: "decisionTable", constructor: without(Table), opens: isTable },
      { id: "literalExpression", constructor: without(Expression), opens: isExpression },
    ];
  }
}

/** The editor in a container; nothing is opened yet. */
export function roomIn(container, { readOnly, locale }) {
  const speaking = { additionalModules: [translating(locale)] };
  return new Room({
    container,
    readOnly,
    height: "auto",
    moddleExtensions: { certflow: TESTS },
    common: { dataTypes: TYPES },
    decisionTable: speaking,
    literalExpression: speaking,
  });
}
