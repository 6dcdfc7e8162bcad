/** What the outside world does with money: disputes, payouts, and lines that nothing here makes. */

import { button, element, money } from "./dom.js";
import { get, post, tell } from "./door.js";
import { card, choice, field, form, number, text } from "./forms.js";

const INTERVALS = ["manual", "daily", "weekly", "monthly"];
const TYPES = [
  "stripe_fee", "tax_fee", "adjustment", "contribution", "topup", "transfer", "application_fee", "reserve_hold",
  "reserve_release", "payment_network_reserve_hold", "payment_failure_refund", "refund_failure", "future_thing",
];

const submit = (words) => button(words, null, { type: "submit" });

const dispute = () => {
  const charge = text("ch_…", { required: true });
  const amount = number("", { min: 1, placeholder: "all" });
  const inquiry = element("input", { type: "checkbox" });
  const open = async () => {
    const part = amount.value ? { amount: Number(amount.value) } : {};
    const opened = await post("disputes", { charge: charge.value.trim(), inquiry: inquiry.checked, ...part });
    tell(`${opened.id} is open.`);
  };
  return card(
    "Dispute",
    "The bank disputes a charge; an inquiry takes no money yet.",
    form(open, field("Charge", charge), field("Part, minor units", amount), field("Inquiry only", inquiry), submit("Open it")),
  );
};

const payout = ({ default_currency: usual }) => {
  const currency = text("usd", { value: usual, required: true });
  const method = choice(["standard", "instant"]);
  const pay = async () => {
    const made = await post("payouts", { currency: currency.value.trim(), method: method.value });
    tell(`${made.id} is on its way: ${money(made.amount, made.currency)}.`);
  };
  return card(
    "Payout",
    "What is available goes to the bank; what is owed is drawn from it.",
    form(pay, field("Currency", currency), field("Method", method), submit("Pay out")),
  );
};

const schedule = ({ settings }, refresh) => {
  const interval = choice(INTERVALS, settings.payouts.schedule.interval);
  const set = async () => {
    await post("account", { payout_schedule: { interval: interval.value } });
    await refresh();
    tell(interval.value === "manual" ? "Payouts wait for somebody to ask." : `Payouts go out ${interval.value}.`);
  };
  return card(
    "Payout schedule",
    "At four in the morning (UTC), one for each currency; move the clock to see them.",
    form(set, field("Interval", interval), submit("Set it")),
  );
};

const failure = () => {
  const id = text("po_…", { required: true });
  const code = choice(["could_not_process", "account_closed", "no_account", "insufficient_funds", "declined"]);
  const fail = async () => {
    const failed = await post("payouts", { fail: id.value.trim(), code: code.value });
    tell(`${failed.id} has failed; the next payout takes its money along.`);
  };
  return card(
    "A payout fails",
    "The bank sends it back, even after it was paid.",
    form(fail, field("Payout", id), field("Code", code), submit("Let it fail")),
  );
};

const line = ({ default_currency: usual }) => {
  const known = element("datalist", { id: "line-types" }, ...TYPES.map((type) => new Option(type)));
  const type = text("stripe_fee", { required: true });
  type.setAttribute("list", known.id);
  const amount = number(-700, { min: "", step: 1, required: true });
  const fee = number(0, { min: "", step: 1 });
  const currency = text("usd", { value: usual, required: true });
  const about = text("Radar", { spellcheck: true });
  const make = async () => {
    const made = await post("balance_transactions", {
      type: type.value.trim(),
      amount: Number(amount.value),
      fee: Number(fee.value),
      currency: currency.value.trim(),
      description: about.value || null,
    });
    tell(`${made.id} is on the books.`);
  };
  return card(
    "A line of any type",
    "A balance transaction that no flow makes, also of a type nobody has heard of.",
    known,
    form(
      make,
      field("Type", type),
      field("Amount, minor units", amount),
      field("Fee", fee),
      field("Currency", currency),
      field("Description", about),
      submit("Book it"),
    ),
  );
};

export const moneyCards = async (refresh) => {
  const account = await get("account");
  return [dispute(), payout(account), schedule(account, refresh), failure(), line(account)];
};
