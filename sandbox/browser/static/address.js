/** The Address Element. */

import { dress } from "./appearance.js";
import { POSTAL_CODES, STATES, WITHOUT_POSTAL_CODE, fill } from "./countries.js";
import { Field, needed, validate } from "./field.js";
import { watch } from "./focus.js";
import { answer, emit, resizeWith } from "./frame.js";

const form = document.getElementById("form");
const incomplete = (name) => needed("incomplete_address", `Your ${name} is incomplete.`);
const fields = {
  name: new Field("name", needed("incomplete_name", "Please provide your full name.")),
  country: new Field("country", () => null),
  line1: new Field("line1", incomplete("address")),
  line2: new Field("line2", () => null),
  postal_code: new Field("postal_code", incomplete("postal code")),
  city: new Field("city", incomplete("city")),
  state: new Field("state", incomplete("state")),
  phone: new Field("phone", () => null),
};
const ADDRESS = ["country", "line1", "line2", "postal_code", "city", "state"];

let settings = null;
let reported = "";

const follow = () => {
  const country = fields.country.value;
  fields.postal_code.box.hidden = WITHOUT_POSTAL_CODE.has(country);
  fields.postal_code.box.querySelector("label").textContent = POSTAL_CODES[country] ?? "Postal code";
  fields.state.box.hidden = !(country in STATES);
  fields.state.box.querySelector("label").textContent = STATES[country] ?? "State";
};

const value = () => {
  const all = Object.values(fields);
  const read = (name) => (fields[name].asked && fields[name].value) || null;
  return {
    complete: all.every((field) => !field.error()),
    isNewAddress: true,
    value: {
      name: read("name"),
      ...(fields.phone.asked && { phone: read("phone") }),
      address: Object.fromEntries(ADDRESS.map((name) => [name, read(name)])),
    },
  };
};

const report = () => {
  const change = { ...value(), isNewAddress: true, empty: ["name", "line1", "city"].every((key) => !fields[key].value) };
  if (JSON.stringify(change) === reported) return;
  reported = JSON.stringify(change);
  emit("change", change);
};

const prefill = () => {
  const { name, phone, address = {} } = settings.options.defaultValues ?? {};
  const locale = settings.elements.locale;
  const language = !locale || locale === "auto" ? navigator.language : locale;
  const allowed = settings.options.allowedCountries;
  fill(fields.country.input, { locale: language, allowed, chosen: address.country ?? language.split("-")[1] ?? "US" });
  for (const key of ADDRESS.slice(1)) fields[key].input.value = address[key] ?? "";
  fields.name.input.value = name ?? "";
  fields.phone.input.value = phone ?? "";
};

const draw = () => {
  dress(settings.elements.appearance);
  fields.phone.box.hidden = settings.options.fields?.phone !== "always";
  follow();
};

form.addEventListener("input", () => {
  follow();
  report();
});
watch(form);
resizeWith(document.body);
answer({
  start: (given) => {
    settings = given;
    prefill();
    draw();
    document.getElementById("loading").hidden = true;
    form.hidden = false;
    emit("ready");
  },
  update: (given) => {
    settings = given;
    draw();
  },
  value,
  validate: () => {
    const error = validate(Object.values(fields));
    return error ? { error } : {};
  },
  clear: () => {
    for (const [name, { input }] of Object.entries(fields)) if (name !== "country") input.value = "";
    report();
  },
  collapse: () => {},
  focus: () => fields.name.input.focus(),
  blur: () => document.activeElement?.blur(),
});
