// The kinds of questions: what stands in the schema for each, and which settings they have.
// `of` tells a kind from a field's widget and property; `fresh` is what a new one begins with.

const labels = (zh, en) => ({ zh, en });
const listed = (more = {}) => ({ type: "array", items: { type: "string" }, ...more });
const OPTIONS = [
  { value: "option_1", label: labels("选项一", "Option one") },
  { value: "option_2", label: labels("选项二", "Option two") },
];
const VALUES = OPTIONS.map((one) => one.value);

export const KINDS = {
  text: { widget: "text", icon: "forms", stem: "question", label: labels("新的问题", "New question"), prop: { type: "string", maxLength: 200 }, has: ["length", "pattern", "example", "unit"] },
  textarea: { widget: "textarea", icon: "file-text", stem: "explanation", label: labels("说明", "Explanation"), prop: { type: "string", maxLength: 2000 }, layout: { rows: 4 }, has: ["length", "rows"] },
  number: { widget: "number", icon: "calculator", stem: "number", label: labels("数量", "Number"), prop: { type: "number", minimum: 0 }, layout: { width: "half" }, has: ["range", "unit"] },
  date: { widget: "date", icon: "calendar", stem: "date", label: labels("日期", "Date"), prop: { type: "string", format: "date" }, layout: { width: "half" }, has: [] },
  month: { widget: "month", icon: "calendar-event", stem: "month", label: labels("年月", "Month"), prop: { type: "string" }, layout: { width: "half" }, has: [] },
  radio: { widget: "radio", icon: "circle-check", stem: "choice", label: labels("请选择一项", "Choose one"), prop: { type: "string", enum: VALUES }, layout: { options: OPTIONS }, has: ["options"] },
  yesno: { widget: "radio", icon: "circle-dashed", stem: "yes_no", label: labels("是否", "Is it so?"), prop: { type: "boolean" }, has: [] },
  select: { widget: "select", icon: "selector", stem: "choice", label: labels("请选择", "Please choose"), prop: { type: "string", enum: VALUES }, layout: { options: OPTIONS }, has: ["options"] },
  checkboxes: { widget: "checkboxes", icon: "list-check", stem: "choices", label: labels("可以选多项", "Choose any"), prop: listed({ items: { type: "string", enum: VALUES }, uniqueItems: true }), layout: { options: OPTIONS }, has: ["options", "count"] },
  checkbox: { widget: "checkbox", icon: "check", stem: "confirmed", label: labels("我确认以上内容属实。", "I confirm that the above is true."), prop: { type: "boolean" }, has: [] },
  file: { widget: "file", icon: "upload", stem: "files", label: labels("证明材料", "Documents"), prop: listed({ maxItems: 5 }), layout: { accept: [".pdf", ".jpg", ".jpeg", ".png"], max_mb: 20 }, has: ["files", "count"] },
  records: { widget: "records", icon: "stack-2", stem: "records", label: labels("经历", "Records"), prop: { type: "array", maxItems: 20 }, layout: { records: "" }, has: ["records", "count"], alone: true },
  organisation: { widget: "organisation", icon: "building", stem: "organisation", label: labels("认证机构", "Certification body"), prop: { type: "integer" }, has: ["source"] },
  experts: { widget: "experts", icon: "users", stem: "experts", label: labels("评价专家", "Experts"), prop: listed({ minItems: 1, maxItems: 3, uniqueItems: true }), has: ["source", "count"] },
  review: { widget: "review", icon: "clipboard-check", stem: "verdicts", label: labels("逐条评价", "Verdicts"), prop: { type: "object" }, has: ["review"], alone: true },
  notice: { widget: "notice", icon: "info-circle", stem: "note", label: labels("请注意", "Please note"), layout: { text: labels("在这里写给填表人的说明。", "Write what people should know here.") }, has: ["notice"] },
};

/** Which kind of question a field is. */
export function kindOf(field, prop) {
  if (field.widget === "radio" && prop?.type === "boolean" && !field.options?.length) return "yesno";
  return KINDS[field.widget] ? field.widget : "text";
}

/** Kinds that a record may hold: no list of records in a record. */
export const INSIDE_RECORDS = Object.keys(KINDS).filter((one) => !["records", "review", "experts"].includes(one));

/** The type that a condition sees. */
export function typeOf(field, prop = {}) {
  if (["records", "review", "notice"].includes(field.widget)) return field.widget === "records" ? "rows" : "";
  if (field.widget === "date") return "date";
  return { string: "text", integer: "number", number: "number", boolean: "boolean", array: "list" }[prop.type ?? "string"] ?? "any";
}
