// Reads the simple conditions of forms: names, texts, numbers, lists, == != < <= > >= in, not, and, or.

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|"([^"]*)"|'([^']*)'|(==|!=|<=|>=|[<>()[\],])|([A-Za-z_]\w*))/y;
const CONSTANTS = { True: true, False: false, None: null, true: true, false: false, null: null };

class Unknown extends Error {}

function tokens(source) {
  const found = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.trimEnd().length) {
    const match = TOKEN.exec(source);
    if (!match) throw new Unknown(source);
    const [, number, double, single, sign, word] = match;
    if (number !== undefined) found.push({ value: Number(number) });
    else if (double !== undefined || single !== undefined) found.push({ value: double ?? single });
    else found.push({ sign: sign ?? word });
  }
  return found;
}

/** Compares as the server would: a typed number is a number. */
function same(left, right) {
  if (typeof right === "number" && typeof left === "string") return Number(left) === right;
  return left === right;
}

const COMPARE = {
  "==": same,
  "!=": (left, right) => !same(left, right),
  "<": (left, right) => left !== null && Number(left) < Number(right),
  "<=": (left, right) => left !== null && Number(left) <= Number(right),
  ">": (left, right) => left !== null && Number(left) > Number(right),
  ">=": (left, right) => left !== null && Number(left) >= Number(right),
  in: (left, right) => Array.isArray(right) && right.some((one) => same(left, one)),
};

function truth(value) {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** A recursive reader that evaluates while it reads; one method a level of binding. */
class Reader {
  constructor(list, lookup) {
    this.list = list;
    this.lookup = lookup;
  }

  take(sign) {
    if (this.list[0]?.sign !== sign) return false;
    this.list.shift();
    return true;
  }

  or() {
    let left = this.and();
    while (this.take("or")) {
      const right = this.and();
      left = truth(left) || truth(right);
    }
    return left;
  }

  and() {
    let left = this.not();
    while (this.take("and")) {
      const right = this.not();
      left = truth(left) && truth(right);
    }
    return left;
  }

  not() {
    return this.take("not") ? !truth(this.not()) : this.compare();
  }

  compare() {
    const left = this.value();
    const sign = this.list[0]?.sign;
    if (sign === "not" && this.list[1]?.sign === "in") {
      this.list.splice(0, 2);
      return !COMPARE.in(left, this.value());
    }
    if (!COMPARE[sign]) return left;
    this.list.shift();
    return COMPARE[sign](left, this.value());
  }

  value() {
    const token = this.list.shift();
    if (!token) throw new Unknown("the condition ends too early");
    if ("value" in token) return token.value;
    if (token.sign === "(" || token.sign === "[") return this.group(token.sign);
    if (Object.hasOwn(CONSTANTS, token.sign)) return CONSTANTS[token.sign];
    if (!/^\w+$/.test(token.sign) || this.list[0]?.sign === "(") throw new Unknown(token.sign);
    const found = this.lookup(token.sign);
    if (found === undefined) throw new Unknown(token.sign);
    return found;
  }

  group(opened) {
    const closing = opened === "(" ? ")" : "]";
    const items = [];
    let listed = opened === "[";
    while (!this.take(closing)) {
      items.push(this.or());
      if (this.take(",")) listed = true;
    }
    return listed ? items : items[0];
  }
}

/**
 * @param {string} source the condition, or JSON {"name": ..., "in": [...]}
 * @param {(name: string) => unknown} lookup gives an answer, null when empty, undefined when there is no such field
 * @returns {boolean|undefined} undefined when the condition is beyond this reader
 */
export function holds(source, lookup) {
  try {
    if (source.trimStart().startsWith("{")) {
      const simple = JSON.parse(source);
      return COMPARE.in(lookup(simple.name) ?? null, simple.in);
    }
    const reader = new Reader(tokens(source), lookup);
    const found = truth(reader.or());
    return reader.list.length ? undefined : found;
  } catch {
    return undefined;
  }
}
