/** Events with their deliveries. */

import { opener } from "./detail.js";
import { button, element, empty, heading, moment, row, status, table } from "./dom.js";
import { get, post, tell } from "./door.js";

const outcome = (attempt) => status(attempt.status ?? attempt.error?.split(":")[0] ?? "no answer");

const deliveries = (event, attempts) => {
  const ours = attempts.filter((attempt) => attempt.event === event.id);
  if (ours.length) return element("span", { className: "together" }, ...ours.reverse().map(outcome));
  return event.pending_webhooks ? status("waiting") : "";
};

const resend = (event) =>
  button("Send again", async () => {
    await post("deliveries", { events: [event.id] });
    tell(`${event.id} goes out again.`);
  });

const line = (attempts) => (event) =>
  row(
    opener(event, event.type),
    event.data.object.id ?? "",
    deliveries(event, attempts),
    moment(event.created),
    resend(event),
  );

export const events = async () => {
  const [{ objects: found }, { attempts, pending, retrying }] = await Promise.all([get("objects/event"), get("deliveries")]);
  if (!found.length) return [heading("Events"), empty("No events yet.")];
  const waiting = element("p", { className: "hint" }, `${pending} waiting, ${retrying} to be tried again`);
  return [heading("Events"), waiting, table(["Type", "Of", "Deliveries", "Created (UTC)", ""], found.map(line(attempts)))];
};
