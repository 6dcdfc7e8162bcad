/** Building pages out of elements; text is only ever text. */

export const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
};

export const button = (text, deed, properties = {}) =>
  element("button", { type: "button", textContent: text, onclick: deed, ...properties });

export const heading = (text, ...beside) => element("div", { className: "head" }, element("h1", {}, text), ...beside);

export const empty = (text) => element("p", { className: "empty" }, text);

/** Rows of cells under column names; a row may open something. */
export const table = (columns, rows) => {
  const head = element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name)));
  return element("div", { className: "scroll" }, element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows)));
};

export const row = (...cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, cell ?? "")));

const GOOD = new Set(["succeeded", "available", "enabled", "active", "paid", "won", "200", "delivered"]);
const BAD = new Set(["failed", "canceled", "lost", "disabled", "needs_response", "requires_payment_method"]);

/** A status in its colour. */
export const status = (text) => {
  if (text === null || text === undefined) return "";
  const word = String(text);
  const bad = BAD.has(word) || /^[45]\d\d$|Error$|^no answer$|^cut off$/.test(word);
  return element("span", { className: `status ${GOOD.has(word) ? "good" : bad ? "bad" : ""}` }, word);
};

// Stripe writes these in hundredths although the world does not.
const HUNDREDTHS = new Set(["isk", "ugx"]);

export const money = (minor, currency) => {
  const format = new Intl.NumberFormat("en", { style: "currency", currency });
  const digits = HUNDREDTHS.has(currency) ? 2 : format.resolvedOptions().maximumFractionDigits;
  return format.format(minor / 10 ** digits);
};

export const moment = (seconds) => new Date(seconds * 1000).toISOString().replace("T", " ").slice(0, 19);
