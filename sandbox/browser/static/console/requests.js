/** What was asked of the API. */

import { open } from "./detail.js";
import { button, element, empty, heading, moment, row, status, table } from "./dom.js";
import { get, remove, tell } from "./door.js";

const line = (request) =>
  row(
    button(`${request.method} ${request.path}`, () => open(request), { className: "link" }),
    element(
      "span",
      { className: "together" },
      status(request.status ?? "cut off"),
      request.replayed ? status("replayed") : null,
      request.fault ? status(request.fault) : null,
    ),
    request.idempotency_key ?? "",
    request.milliseconds === null ? "" : `${request.milliseconds.toFixed(1)} ms`,
    moment(request.created),
  );

export const requests = async (_, refresh) => {
  const { requests: found, total } = await get("requests?limit=200");
  const forget = button("Forget them", async () => {
    await remove("requests");
    await refresh();
    tell("The log is empty.");
  });
  if (!found.length) return [heading("Requests"), empty("Nobody has asked anything yet.")];
  const columns = ["Request", "Answer", "Idempotency key", "Took", "At (UTC)"];
  return [heading(`Requests: ${total}`, forget), table(columns, found.map(line))];
};
