// Conditions as rows and as text: { join: "and" | "or", rows: [row | { join, rows }] }.
// A row: { name, op, value, text }; `text` is how it was written, dropped as soon as it is changed.
// value: { kind: "literal", value } | { kind: "list", values } | { kind: "name", name } |
// { kind: "today" } | { kind: "date", value }, absent where the comparison needs none.
// A name may look into a variable: level.result, len(level).

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|"([^"\\\n]*)"|'([^'\\\n]*)'|(==|!=|<=|>=|[<>()[\],-])|([\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*))/uy;
const CONSTANTS = { True: true, False: false, None: null, true: true, false: false, null: null };
const RESERVED = new Set(["and", "or", "not", "in", "if", "else", "is", "lambda"]);
export const COMPARE = { eq: "==", ne: "!=", lt: "<", le: "<=", gt: ">", ge: ">=" };
const OF_SIGN = Object.fromEntries(Object.entries(COMPARE).map(([op, sign]) => [sign, op]));

class Beyond extends Error {}

function tokens(source) {
  const found = [];
  TOKEN.lastIndex = 0;
  const end = source.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(source);
    if (!match) throw new Beyond();
    const [whole, number, double, single, sign, word] = match;
    const start = match.index + whole.length - whole.trimStart().length;
    const place = { start, end: TOKEN.lastIndex };
    if (number !== undefined) found.push({ ...place, literal: Number(number) });
    else if (double !== undefined || single !== undefined) found.push({ ...place, literal: double ?? single });
    else if (word !== undefined && Object.hasOwn(CONSTANTS, word)) found.push({ ...place, literal: CONSTANTS[word] });
    else found.push({ ...place, sign: sign ?? word });
  }
  return found;
}

class Reader {
  constructor(source) {
    this.source = source;
    this.list = tokens(source);
    this.at = 0;
  }

  get token() {
    return this.list[this.at] ?? {};
  }

  take(sign) {
    if (this.token.sign !== sign) return false;
    this.at += 1;
    return true;
  }

  need(sign) {
    if (!this.take(sign)) throw new Beyond();
  }

  joined(join, part) {
    const rows = [part()];
    while (this.take(join)) rows.push(part());
    return rows.length === 1 ? rows[0] : { join, rows };
  }

  or() {
    return this.joined("or", () => this.joined("and", () => this.part()));
  }

  part() {
    const begun = this.at;
    if (this.token.sign === "(") {
      this.at += 1;
      const inner = this.or();
      if (this.take(")") && this.ends()) return inner;
      this.at = begun;
      throw new Beyond();
    }
    const row = this.row();
    const [first, last] = [this.list[begun], this.list[this.at - 1]];
    return { ...row, text: this.source.slice(first.start, last.end) };
  }

  ends() {
    return this.at === this.list.length || ["and", "or", ")"].includes(this.token.sign);
  }

  row() {
    if (this.take("not")) {
      const row = this.take("(") ? this.bracketed() : this.row();
      const opposite = { yes: "no", in: "not_in", has: "has_not" }[row.op];
      if (!opposite) throw new Beyond();
      return { ...row, op: opposite };
    }
    const left = this.operand();
    if (this.ends()) return left.kind === "name" ? { name: left.name, op: "yes" } : this.fail();
    return this.compared(left);
  }

  bracketed() {
    const row = this.row();
    this.need(")");
    return row;
  }

  compared(left) {
    const sign = this.token.sign;
    const negated = this.take("not");
    if (this.take("in")) return this.within(left, this.operand(), negated);
    if (negated || !OF_SIGN[sign]) throw new Beyond();
    this.at += 1;
    const right = this.operand();
    if (left.kind !== "name" || right.kind === "list") throw new Beyond();
    if (right.kind === "literal" && right.value === null) {
      if (sign === "==") return { name: left.name, op: "empty" };
      if (sign === "!=") return { name: left.name, op: "filled" };
    }
    if (right.kind === "literal" && typeof right.value === "boolean") {
      if (!["==", "!="].includes(sign)) throw new Beyond();
      return { name: left.name, op: (sign === "==") === right.value ? "yes" : "no" };
    }
    return { name: left.name, op: OF_SIGN[sign], value: right };
  }

  within(left, right, negated) {
    if (left.kind === "name" && right.kind === "list") {
      return { name: left.name, op: negated ? "not_in" : "in", value: right };
    }
    if (left.kind === "literal" && right.kind === "name") {
      return { name: right.name, op: negated ? "has_not" : "has", value: left };
    }
    return this.fail();
  }

  operand() {
    const token = this.token;
    this.at += 1;
    if ("literal" in token) return { kind: "literal", value: token.literal };
    if (token.sign === "-" && typeof this.token.literal === "number") {
      this.at += 1;
      return { kind: "literal", value: -this.list[this.at - 1].literal };
    }
    if (token.sign === "[") return this.listed();
    if (token.sign === undefined || !/^[\p{L}_]/u.test(token.sign) || RESERVED.has(token.sign)) throw new Beyond();
    return this.take("(") ? this.called(token.sign) : { kind: "name", name: token.sign };
  }

  called(name) {
    if (name === "today" && this.take(")")) return { kind: "today" };
    if (name !== "date" && name !== "len") throw new Beyond();
    const inner = this.operand();
    this.need(")");
    if (inner.kind === "name" && !inner.name.endsWith(")")) return name === "len" ? { kind: "name", name: `len(${inner.name})` } : inner; // a stored date read as a date
    if (name === "len") throw new Beyond();
    if (inner.kind === "literal" && typeof inner.value === "string") return { kind: "date", value: inner.value };
    return this.fail();
  }

  listed() {
    const values = [];
    while (!this.take("]")) {
      const one = this.operand();
      if (one.kind !== "literal" || one.value === null) throw new Beyond();
      values.push(one.value);
      if (!this.take(",") && this.token.sign !== "]") throw new Beyond();
    }
    return { kind: "list", values };
  }

  fail() {
    throw new Beyond();
  }
}

/** The condition as rows with at most one level of brackets; null when rows cannot say it. */
export function rowsOf(source) {
  if (!source.trim()) return { join: "and", rows: [] };
  try {
    const reader = new Reader(source);
    const found = reader.or();
    if (reader.at < reader.list.length) return null;
    const whole = found.rows ? found : { join: "and", rows: [found] };
    const flat = whole.rows.every((one) => !one.rows || one.rows.every((inner) => !inner.rows));
    return flat ? whole : null;
  } catch (error) {
    if (error instanceof Beyond) return null;
    throw error;
  }
}

function written(value) {
  if (value === true) return "true";
  if (value === false) return "false";
  if (typeof value === "number") return String(value);
  return value.includes('"') && !value.includes("'") ? `'${value}'` : JSON.stringify(value);
}

function operand(value, dates) {
  if (value.kind === "today") return "today()";
  if (value.kind === "date") return `date(${written(value.value)})`;
  if (value.kind === "name") return dates === "stored" ? `date(${value.name})` : value.name;
  if (value.kind === "list") return `[${value.values.map(written).join(", ")}]`;
  return written(value.value);
}

const dated = (value, type) => ["today", "date"].includes(value?.kind) || (type === "date" && value?.kind === "name");

function rowText(row, options) {
  if (row.text) return row.text;
  const { name, op, value } = row;
  if (op === "yes") return name;
  if (op === "no") return `not ${name}`;
  if (op === "filled") return `${name} != None`;
  if (op === "empty") return `${name} == None`;
  if (op === "has" || op === "has_not") return `${operand(value)} ${op === "has" ? "in" : "not in"} ${name}`;
  if (op === "in" || op === "not_in") return `${name} ${op === "in" ? "in" : "not in"} ${operand(value)}`;
  const stored = dated(value, options.typeOf?.(name)) && options.dates === "stored" ? "stored" : "";
  return `${stored ? `date(${name})` : name} ${COMPARE[op]} ${operand(value, stored)}`;
}

/** The text of rows. options: `dates` "stored" when dates are kept as texts, `typeOf(name)`. */
export function textOf(whole, options = {}) {
  const parts = whole.rows
    .filter((one) => !one.rows || one.rows.length)
    .map((one) => (one.rows ? groupText(one, options, whole.rows.length) : rowText(one, options)));
  return parts.join(` ${whole.join} `);
}

function groupText(group, options, beside) {
  const inner = group.rows.map((row) => rowText(row, options)).join(` ${group.join} `);
  return group.rows.length > 1 && beside > 1 ? `(${inner})` : inner;
}
