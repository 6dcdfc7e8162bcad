/** Cards with a form each, for the controls. */

import { element } from "./dom.js";

export const card = (title, hint, ...content) =>
  element("section", { className: "card" }, element("h2", {}, title), element("p", { className: "hint" }, hint), ...content);

export const field = (label, control) => element("label", {}, label, control);

export const number = (value, properties = {}) => element("input", { type: "number", value, min: 0, ...properties });

export const text = (placeholder, properties = {}) => element("input", { placeholder, spellcheck: false, ...properties });

export const choice = (words, chosen) =>
  element("select", {}, ...words.map((word) => new Option(word.replaceAll("_", " "), word, false, word === chosen)));

export const form = (onsubmit, ...content) => {
  const made = element("form", {}, ...content);
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    onsubmit();
  });
  return made;
};
