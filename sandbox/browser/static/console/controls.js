/** What the outside world does to Stripe, for a person to do. */

import { button, element, heading, moment } from "./dom.js";
import { get, post, remove, tell } from "./door.js";
import { card, choice, field, form, number, text } from "./forms.js";
import { moneyCards } from "./money.js";

const KINDS = ["slow", "error_500", "rate_limit_429", "drop_before", "drop_after", "lock_timeout"];
const SPANS = { "a minute": 60, "an hour": 3600, "a day": 86400, "a week": 604800, "30 days": 2592000 };

const clock = (state, refresh) => {
  const forward = async (seconds) => {
    const { happened } = await post("clock", { advance_seconds: seconds });
    await refresh();
    tell(`Time has moved; what happened meanwhile: ${happened}.`);
  };
  const steps = Object.entries(SPANS).map(([name, seconds]) => button(`+ ${name}`, () => forward(seconds)));
  const due = state.next_due ? `The next thing happens at ${moment(state.next_due)}.` : "Nothing is due.";
  return card("Clock", `It is ${moment(state.now)} UTC here. ${due}`, element("div", { className: "together" }, ...steps));
};

const deliveries = ({ manner, pending, retrying }, refresh) => {
  const pause = element("input", { type: "checkbox", checked: manner.pause });
  const duplicate = number(manner.duplicate, { min: 1 });
  const shuffle = number(manner.shuffle ?? "", { placeholder: "in order" });
  const drop = number(manner.drop, { max: 1, step: 0.05 });
  const apply = async () => {
    await post("deliveries", {
      pause: pause.checked,
      duplicate: Number(duplicate.value),
      shuffle: shuffle.value === "" ? null : Number(shuffle.value),
      drop: Number(drop.value),
    });
    await refresh();
    tell("Webhooks are delivered that way from now on.");
  };
  return card(
    "Webhook deliveries",
    `${pending} waiting, ${retrying} to be tried again.`,
    form(
      apply,
      field("Pause", pause),
      field("Times each", duplicate),
      field("Shuffle by seed", shuffle),
      field("Drop this fraction", drop),
      button("Apply", null, { type: "submit" }),
    ),
  );
};

const faults = (planned, refresh) => {
  const kind = choice(KINDS);
  const method = choice(["*", "GET", "POST", "DELETE"]);
  const path = text("/v1/*", { value: "/v1/*" });
  const times = number(1, { min: 1 });
  const plan = async () => {
    await post("faults", { kind: kind.value, method: method.value, path: path.value, times: Number(times.value) });
    await refresh();
    tell("The next matching requests will meet it.");
  };
  const forget = button("Forget them", async () => {
    await remove("faults");
    await refresh();
  });
  const list = planned.map((fault) => element("li", {}, `${fault.kind} for ${fault.method} ${fault.path} × ${fault.times}`));
  return card(
    "Faults",
    planned.length ? "Waiting for a request:" : "None is planned.",
    planned.length ? element("div", {}, element("ul", {}, ...list), forget) : null,
    form(
      plan,
      field("Kind", kind),
      field("Method", method),
      field("Path", path),
      field("Times", times),
      button("Plan it", null, { type: "submit" }),
    ),
  );
};

const secret = () => {
  const shown = element("code");
  const roll = async () => {
    const rolled = await post("webhook_secret");
    shown.textContent = rolled.secret;
    tell("Both secrets sign until a day has passed.");
  };
  return card("Webhook secret", "Rolls the newest endpoint’s secret and shows the new one.", button("Roll it", roll), shown);
};

const reset = (refresh) =>
  card(
    "Start over",
    "Forgets every object, event, webhook endpoint and the moved clock.",
    button(
      "Forget everything",
      async () => {
        if (!window.confirm("Forget everything that is here?")) return;
        await post("reset");
        await refresh();
        tell("All is empty.");
      },
      { className: "danger" },
    ),
  );

export const controls = async (_, refresh) => {
  const [state, manner, moving] = await Promise.all([get("state"), get("deliveries"), moneyCards(refresh)]);
  const cards = [
    clock(state, refresh), deliveries(manner, refresh), faults(state.faults, refresh), ...moving, secret(), reset(refresh),
  ];
  return [heading("Controls"), element("div", { className: "cards" }, ...cards)];
};
