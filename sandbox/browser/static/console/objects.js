/** All objects by kind. */

import { opener } from "./detail.js";
import { button, element, empty, heading, moment, money, row, status, table } from "./dom.js";
import { get } from "./door.js";

const words = (kind) => kind.replaceAll("_", " ");

const about = (object) => {
  const amount = object.amount !== undefined && object.currency ? money(object.amount, object.currency) : null;
  const words = [object.email, object.name, object.type, object.url, object.description, object.reason];
  return [amount, ...words.filter((word) => typeof word === "string")].filter(Boolean).slice(0, 3).join(" · ");
};

const line = (object) =>
  row(opener(object), about(object), status(object.status), object.created ? moment(object.created) : "");

const kinds = (counts, chosen) =>
  element(
    "nav",
    { className: "kinds", ariaLabel: "Kinds" },
    ...Object.entries(counts).map(([kind, count]) => {
      const link = element("a", { href: `#objects/${kind}` }, words(kind), element("span", { className: "count" }, String(count)));
      if (kind === chosen) link.setAttribute("aria-current", "page");
      return link;
    }),
  );

const list = async (kind) => {
  const body = element("tbody");
  const shown = element("div", {}, table(["Id", "", "Status", "Created (UTC)"], []));
  shown.querySelector("tbody").replaceWith(body);
  const more = button("Show older ones", () => load(body.dataset.last));
  const load = async (before) => {
    const answer = await get(`objects/${kind}${before ? `?before=${before}` : ""}`);
    body.append(...answer.objects.map(line));
    body.dataset.last = answer.objects.at(-1)?.id ?? "";
    more.hidden = !answer.more;
  };
  await load();
  shown.append(more);
  return shown;
};

export const objects = async (chosen) => {
  const { objects: counts } = await get("state");
  const kind = chosen || Object.keys(counts).find((name) => name === "payment_intent") || Object.keys(counts)[0];
  if (!kind) return [heading("Objects"), empty("Nothing here yet. Ask the API for something.")];
  return [heading(`Objects: ${words(kind)}`), element("div", { className: "split" }, kinds(counts, kind), await list(kind))];
};
