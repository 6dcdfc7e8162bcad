/** Shows the part that the address names. */

import { controls } from "./controls.js";
import { button, moment } from "./dom.js";
import { get } from "./door.js";
import { events } from "./events.js";
import { objects } from "./objects.js";
import { requests } from "./requests.js";

const PARTS = { objects, events, requests, controls };
const view = document.getElementById("view");

const show = async () => {
  const [part, chosen] = window.location.hash.slice(1).split("/");
  const name = part in PARTS ? part : "objects";
  for (const link of document.querySelectorAll("header a")) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const content = await PARTS[name](chosen, show);
  content[0].append(button("Refresh", show, { className: "refresh" }));
  view.replaceChildren(...content);
  const { now } = await get("clock");
  document.getElementById("clock").textContent = `${moment(now)} UTC`;
};

window.addEventListener("hashchange", async () => {
  await show();
  view.focus();
});
show();
