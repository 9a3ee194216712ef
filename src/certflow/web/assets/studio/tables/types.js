// The type of a column, in dmn-js's menu: a native list in people's words, in place of a text field
// that shows "string".
import { Component, createVNode } from "inferno";
import { is, isInput } from "dmn-js-shared/lib/util/ModelUtil";

const ELEMENT = 1;
const SELECT = 256;

export default class Types extends Component {
  constructor(props, context) {
    super(props, context);
    const get = (name) => context.injector.get(name);
    this.translate = get("translate");
    this.modeling = get("modeling");
    this.types = get("dataTypes").getAll();
  }

  get clause() {
    const { input, output } = this.props.context;
    const element = input || output;
    return is(element, "dmn:LiteralExpression") ? element.$parent : element;
  }

  change(typeRef) {
    const changed = isInput(this.clause) ? { inputExpression: { typeRef } } : { typeRef };
    this.modeling.updateProperties(this.clause, changed);
  }

  render() {
    const clause = this.clause;
    const now = (isInput(clause) ? clause.inputExpression : clause).typeRef;
    const names = this.types.includes(now) || !now ? this.types : [now, ...this.types];
    const options = names.map((name) => createVNode(ELEMENT, "option", null, this.translate(name), 0, { value: name }));
    const label = this.translate("Type");
    const select = createVNode(SELECT, "select", "dms-input", options, 0, { "aria-label": label, value: now ?? "Any", onChange: (event) => this.change(event.target.value) });
    const row = createVNode(ELEMENT, "div", "dms-form-control", [createVNode(ELEMENT, "label", "dms-label", label, 0), select], 0);
    return createVNode(ELEMENT, "div", "type-ref-edit context-menu-container", row, 0);
  }
}
