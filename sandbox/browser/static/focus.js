/** Tells the page when the reader enters or leaves the frame, and when they press Escape. */

import { emit } from "./frame.js";

export const watch = (form) => {
  form.addEventListener("focusin", ({ relatedTarget }) => relatedTarget || emit("focus"));
  form.addEventListener("focusout", ({ relatedTarget }) => relatedTarget || emit("blur"));
  form.addEventListener("keydown", ({ key }) => key === "Escape" && emit("escape"));
  form.addEventListener("submit", (event) => event.preventDefault());
};
