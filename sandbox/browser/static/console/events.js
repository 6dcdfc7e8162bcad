/** Events with their deliveries. */

import { opener } from "./detail.js";
import { button, element, empty, heading, moment, row, status, table } from "./dom.js";
import { get, post, tell } from "./door.js";

const outcome = (attempt) => status(attempt.status ?? attempt.error?.split(":")[0] ?? "no answer");

const deliveries = (event, attempts, waiting) => {
  const ours = attempts.filter((attempt) => attempt.event === event.id);
  if (ours.length) return element("span", { className: "together" }, ...ours.reverse().map(outcome));
  if (!event.pending_webhooks) return "";
  return status(waiting.some((delivery) => delivery.event === event.id) ? "waiting" : "not delivered");
};

const resend = (event) =>
  button("Send again", async () => {
    await post("deliveries", { events: [event.id] });
    tell(`${event.id} goes out again.`);
  });

const line = (attempts, waiting) => (event) =>
  row(
    opener(event, event.type),
    event.data.object.id ?? "",
    deliveries(event, attempts, waiting),
    moment(event.created),
    resend(event),
  );

export const events = async () => {
  const [{ objects: found }, { attempts, pending, retrying, waiting }] = await Promise.all([
    get("objects/event"),
    get("deliveries"),
  ]);
  if (!found.length) return [heading("Events"), empty("No events yet.")];
  const counts = element("p", { className: "hint" }, `${pending} waiting, ${retrying} to be tried again`);
  const lines = found.map(line(attempts, waiting));
  return [heading("Events"), counts, table(["Type", "Of", "Deliveries", "Created (UTC)", ""], lines)];
};
