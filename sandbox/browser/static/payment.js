/** The Payment Element: what the customer types here goes from here to the API and nowhere else. */

import { dress } from "./appearance.js";
import { fill } from "./countries.js";
import { validate } from "./field.js";
import { watch } from "./focus.js";
import { answer, emit, request, resizeWith } from "./frame.js";
import { METHODS, fields, follow } from "./methods.js";

const form = document.getElementById("form");
const tabs = document.getElementById("tabs");
const sections = [...form.querySelectorAll("section")];
const terms = document.getElementById("terms");

let settings = null;
let types = [];
let chosen = null;
let reported = "";

const method = () => METHODS[chosen];

const call = (verb, path, params) =>
  request({ key: settings.key, account: settings.account, method: verb, path, params });

const load = async (clientSecret) => {
  if (!clientSecret) return { payment_method_types: settings.elements.paymentMethodTypes ?? ["card"] };
  const id = clientSecret.split("_secret_")[0];
  const intent = await call("GET", `/v1/${id.startsWith("seti_") ? "setup" : "payment"}_intents/${id}`, {
    client_secret: clientSecret,
  });
  return ["succeeded", "canceled"].includes(intent.status) ? { error: terminal(id) } : intent;
};

const terminal = (id) => ({
  type: "invalid_request_error",
  code: `${id.startsWith("seti_") ? "setup" : "payment"}_intent_unexpected_state`,
  message: "The intent is in a terminal state and cannot be used to initialize Elements.",
});

/** The intent's methods that we know, in the page's order where it asks for one. */
const known = (offered) => {
  const order = [...(settings.options.paymentMethodOrder ?? []), ...offered];
  return [...new Set(order)].filter((type) => offered.includes(type) && type in METHODS);
};

const drawTabs = () => {
  tabs.hidden = types.length < 2;
  for (const old of tabs.querySelectorAll("label")) old.remove();
  for (const type of types) {
    const label = document.createElement("label");
    const radio = Object.assign(document.createElement("input"), { type: "radio", name: "method", value: type });
    radio.checked = type === chosen;
    label.append(radio, METHODS[type].label);
    tabs.append(label);
  }
};

const asks = (detail) => {
  const wanted = settings.options.fields?.billingDetails ?? "auto";
  return (typeof wanted === "string" ? wanted : wanted[detail]) !== "never";
};

const asksPostal = () => {
  const address = settings.options.fields?.billingDetails?.address;
  return asks("address") && !settings.hasAddress && address?.postalCode !== "never";
};

const asksCountry = () => {
  const address = settings.options.fields?.billingDetails?.address;
  return asks("address") && !settings.hasAddress && address?.country !== "never";
};

const saves = () =>
  settings.elements.mode === "setup" || settings.clientSecret?.startsWith("seti_") || settings.saves;

const drawTerms = () => {
  const name = { card: "card", us_bank_account: "usBankAccount", sepa_debit: "sepaDebit" }[chosen];
  const wish = settings.options.terms?.[name] ?? "auto";
  const business = settings.options.business?.name ?? "this business";
  terms.hidden = !chosen || wish === "never" || (wish === "auto" && !method().debits && !saves());
  terms.textContent = terms.hidden ? "" : method().terms(business);
};

const draw = () => {
  drawTabs();
  for (const section of sections) section.hidden = !method()?.sections.includes(section.id);
  fields.email.box.hidden = !asks("email");
  fields.name.box.hidden = !asks("name");
  fields.country.box.hidden = !asksCountry();
  for (const { input } of Object.values(fields)) input.disabled = Boolean(settings.options.readOnly);
  follow({ askPostal: asksPostal() });
  drawTerms();
};

const prefill = () => {
  const { name, email, address = {} } = settings.options.defaultValues?.billingDetails ?? {};
  const locale = settings.elements.locale;
  const language = !locale || locale === "auto" ? navigator.language : locale;
  fill(fields.country.input, { locale: language, chosen: address.country ?? language.split("-")[1] ?? "US" });
  fields.name.input.value = name ?? "";
  fields.email.input.value = email ?? "";
  fields.postal.input.value = address.postal_code ?? "";
};

const report = () => {
  const inputs = (method()?.fields ?? []).filter((field) => field.asked);
  const complete = Boolean(chosen) && inputs.every((field) => !field.error());
  const empty = inputs.every(({ input }) => !input.value || input.tagName === "SELECT");
  const change = { complete, empty, collapsed: !chosen, value: { type: chosen ?? "" } };
  if (JSON.stringify(change) === reported) return;
  reported = JSON.stringify(change);
  emit("change", change);
};

const start = async (given) => {
  settings = given;
  dress(settings.elements.appearance);
  const intent = await load(settings.clientSecret);
  document.getElementById("loading").hidden = true;
  if (intent.error) {
    emit("loaderror", { error: intent.error });
    return;
  }
  settings.saves = Boolean(intent.setup_future_usage ?? settings.elements.setupFutureUsage);
  types = known(intent.payment_method_types);
  chosen = types[0] ?? null;
  prefill();
  form.hidden = false;
  draw();
  emit("ready");
};

const update = (given) => {
  settings = { ...given, saves: settings.saves };
  dress(settings.elements.appearance);
  draw();
};

const fetchUpdates = async (clientSecret) => {
  const intent = await load(clientSecret);
  if (intent.error) return { error: intent.error };
  types = known(intent.payment_method_types);
  if (!types.includes(chosen)) chosen = types[0] ?? null;
  draw();
  return {};
};

const validated = () => {
  if (!chosen) {
    const message = "Please select a payment method.";
    return { error: { type: "validation_error", code: "payment_method_not_selected", message } };
  }
  const error = validate(method().fields);
  return error ? { error } : { selectedPaymentMethod: chosen };
};

const merged = (...details) => {
  const { address: first, ...rest } = details[0] ?? {};
  if (details.length === 1) return { ...rest, ...(first && { address: first }) };
  const { address: second, ...others } = merged(...details.slice(1));
  return { ...rest, ...others, ...((first || second) && { address: { ...first, ...second } }) };
};

const methodData = (page = {}, billing = {}) => ({
  ...page,
  type: chosen,
  ...method().data(),
  billing_details: merged(method().billing(), billing, page.billing_details),
});

const create = ({ path, params, billing }) => call("POST", path, methodData(params, billing));

/** Card data goes to the one call that takes it; the intent is confirmed with the method made of it. */
const confirm = async ({ path, params, billing }) => {
  const { payment_method_data: page, ...rest } = params;
  const method = await create({ path: "/v1/payment_methods", params: page, billing });
  return method.error ? method : call("POST", path, { ...rest, payment_method: method.id });
};

const clear = () => {
  for (const field of Object.values(fields)) {
    if (field !== fields.country) field.input.value = "";
    field.show(null);
  }
  report();
};

const collapse = () => {
  chosen = null;
  draw();
  report();
};

tabs.addEventListener("change", ({ target }) => {
  chosen = target.value;
  for (const section of sections) section.hidden = !method().sections.includes(section.id);
  drawTerms();
  report();
});
form.addEventListener("input", () => {
  follow({ askPostal: asksPostal() });
  report();
});
watch(form);
resizeWith(document.body);
answer({
  start,
  update,
  fetch: fetchUpdates,
  validate: validated,
  confirm,
  create,
  clear,
  collapse,
  focus: () => form.querySelector("section:not([hidden]) input")?.focus(),
  blur: () => document.activeElement?.blur(),
});
