// Dates, certificate numbers, and numbers with their unit never break: Chromium breaks after the hyphens of a date.
const WHOLE = /\d{4}-\w+-\d{7}|\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2})?|\d+(?:\.\d+)? (?:个工作日|个月|小时|分钟|工作日|[天元年条项件次处人]|MB\b|(?:working |calendar )?days?\b)/g;
const APART = "script, style, textarea, select, svg, time, code, .cf-nowrap, [data-diagram]";

/** Wraps what belongs together in running text, so that it stays in one line. */
export function wholes(root = document.body) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const parent = node.parentElement;
    if (node.data.search(WHOLE) >= 0 && !parent.closest(APART) && !arranged(parent)) found.push(node);
  }
  found.forEach(wrap);
}

/** In a flex or grid box a wrapped part would become an item of its own. */
function arranged(element) {
  return /flex|grid/.test(getComputedStyle(element).display);
}

function wrap(node) {
  const parts = document.createDocumentFragment();
  let end = 0;
  for (const match of node.data.matchAll(WHOLE)) {
    const whole = Object.assign(document.createElement("span"), { className: "cf-nowrap", textContent: match[0] });
    parts.append(node.data.slice(end, match.index), whole);
    end = match.index + match[0].length;
  }
  parts.append(node.data.slice(end));
  node.replaceWith(parts);
}
