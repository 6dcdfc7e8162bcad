/** One object, whole, with what can be done to it. */

import { button, element } from "./dom.js";
import { post, tell } from "./door.js";

const dialog = document.getElementById("detail");
document.getElementById("detail-close").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

const REASONS = ["fraudulent", "product_not_received", "duplicate", "subscription_canceled", "unrecognized"];

const resend = (event) =>
  button("Send again", async () => {
    await post("deliveries", { events: [event.id] });
    tell(`${event.id} goes out again.`);
  });

const dispute = (charge) => {
  const reason = element("select", { ariaLabel: "Reason" }, ...REASONS.map((word) => new Option(word.replaceAll("_", " "), word)));
  const open = button("Open a dispute", async () => {
    const opened = await post("disputes", { charge: charge.id, reason: reason.value });
    tell(`${opened.id} is open.`);
    dialog.close();
  });
  return element("span", { className: "together" }, reason, open);
};

/** Something that happens to the object; what came of it is told and the dialog closes. */
const deed = (words, door, body, outcome) =>
  button(words, async () => {
    await post(door, body);
    tell(outcome);
    dialog.close();
  });

const decide = ({ id }) =>
  ["won", "lost"].map((status) => deed(`The bank decides: ${status}`, "disputes", { close: id, status }, `${id} is closed.`));

const misstate = ({ id }) => [
  deed("Lose it", "balance_transactions", { id, delete: true }, `${id} is gone.`),
  deed("Double it", "balance_transactions", { id, duplicate: true }, `${id} is there twice.`),
];

const bounce = (door, { id }) => [deed("Let it fail", door, { fail: id }, `${id} has failed.`)];

const ENDED = ["failed", "canceled", "won", "lost", "warning_closed"];

const authenticate = (intent) =>
  element("a", { href: `/_sandbox/3ds/${intent.id}`, className: "button" }, "Open the bank’s page");

const deeds = (object) => {
  if (object.object === "event") return [resend(object)];
  if (object.object === "charge" && object.captured && !object.refunded) return [dispute(object)];
  if (object.object === "dispute" && !ENDED.includes(object.status)) return decide(object);
  if (object.object === "balance_transaction") return misstate(object);
  if (object.object === "payout" && !ENDED.includes(object.status)) return bounce("payouts", object);
  if (object.object === "refund" && !ENDED.includes(object.status)) return bounce("refunds", object);
  if (object.status === "requires_action" && object.client_secret) return [authenticate(object)];
  return [];
};

export const open = (object) => {
  document.getElementById("detail-title").textContent = object.id;
  document.getElementById("detail-deeds").replaceChildren(...deeds(object));
  document.getElementById("detail-json").textContent = JSON.stringify(object, null, 2);
  dialog.showModal();
};

/** The id as what opens the object. */
export const opener = (object, text = object.id) => button(text, () => open(object), { className: "link" });
