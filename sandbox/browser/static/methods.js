/** The payment methods of the Payment Element: their fields, and what the API is told of them. */

import { POSTAL_CODES } from "./countries.js";
import { Field, needed } from "./field.js";
import { brandOf, digits, grouped, isIban, isRoutingNumber, isWhole, longest, passesLuhn } from "./numbers.js";

const numberProblem = (number) => {
  if (number.length < longest(number) && !isWhole(number)) return ["incomplete_number", "Your card number is incomplete."];
  return passesLuhn(number) ? null : ["invalid_number", "Your card number is invalid."];
};

const expiryFormat = (text) => {
  const typed = digits(text).replace(/^([2-9])/, "0$1").slice(0, 4);
  return typed.length > 2 ? `${typed.slice(0, 2)} / ${typed.slice(2)}` : typed;
};

const readExpiry = (text) => {
  const typed = digits(text);
  return { typed, month: Number(typed.slice(0, 2)), year: 2000 + Number(typed.slice(2, 4)) };
};

const expiryProblem = ({ typed, month, year }) => {
  const [thisYear, thisMonth] = [new Date().getFullYear(), new Date().getMonth() + 1];
  if (typed.length < 4) return ["incomplete_expiry", "Your card's expiration date is incomplete."];
  if (month < 1 || month > 12) return ["invalid_expiry_month", "Your card's expiration date is invalid."];
  if (year < thisYear) return ["invalid_expiry_year_past", "Your card's expiration year is in the past."];
  if (year > thisYear + 50) return ["invalid_expiry_year", "Your card's expiration year is invalid."];
  if (year === thisYear && month < thisMonth)
    return ["invalid_expiry_month_past", "Your card's expiration date is in the past."];
  return null;
};

const number = new Field("number", numberProblem, {
  format: (text) => grouped(digits(text).slice(0, longest(digits(text)))),
  read: digits,
});
const expiry = new Field("expiry", expiryProblem, { format: expiryFormat, read: readExpiry });
const cvc = new Field(
  "cvc",
  (code) =>
    code.length < brandOf(number.value).cvc ? ["incomplete_cvc", "Your card's security code is incomplete."] : null,
  { format: (text) => digits(text).slice(0, brandOf(number.value).cvc), read: digits },
);
const country = new Field("country", () => null);
const postal = new Field("postal", needed("incomplete_zip", "Your postal code is incomplete."));
const email = new Field("email", (value) => {
  if (!value) return ["incomplete_email", "Your email is incomplete."];
  return /^\S+@\S+\.\S+$/.test(value) ? null : ["invalid_email", "Your email is invalid."];
});
const name = new Field("name", needed("incomplete_name", "Please provide your full name."));
const routing = new Field(
  "routing",
  (value) => {
    if (value.length < 9) return ["incomplete_routing_number", "Your routing number is incomplete."];
    return isRoutingNumber(value) ? null : ["invalid_routing_number", "Your routing number is invalid."];
  },
  { format: (text) => digits(text).slice(0, 9), read: digits },
);
const account = new Field(
  "account",
  (value) => (value.length < 4 ? ["incomplete_account_number", "Your account number is incomplete."] : null),
  { format: (text) => digits(text).slice(0, 17), read: digits },
);
const iban = new Field(
  "iban",
  (value) => {
    if (value.length < 15) return ["incomplete_iban", "Your IBAN is incomplete."];
    return isIban(value) ? null : ["invalid_iban", "Your IBAN is invalid."];
  },
  {
    format: (text) => text.toUpperCase().replace(/[^A-Z0-9]/g, "").slice(0, 34).replace(/(.{4})(?=.)/g, "$1 "),
    read: (text) => text.replace(/\s/g, ""),
  },
);

export const fields = { number, expiry, cvc, country, postal, email, name, routing, account, iban };

const holder = () => ({
  ...(email.asked && { email: email.value }),
  ...(name.asked && { name: name.value }),
});

const debitTerms = (business) =>
  `By continuing, you authorize ${business} to debit your bank account for this payment, and agree that it may be` +
  " repeated where you agreed to further payments.";

export const METHODS = {
  card: {
    label: "Card",
    sections: ["card"],
    fields: [number, expiry, cvc, country, postal],
    data: () => ({
      card: { number: number.value, exp_month: expiry.value.month, exp_year: expiry.value.year, cvc: cvc.value },
    }),
    billing: () => ({
      ...(country.asked && {
        address: { country: country.value, ...(postal.asked && { postal_code: postal.value }) },
      }),
    }),
    terms: (business) =>
      `By providing your card information, you allow ${business} to charge your card for future payments in` +
      " accordance with their terms.",
    debits: false,
  },
  us_bank_account: {
    label: "US bank account",
    sections: ["holder", "us_bank_account"],
    fields: [email, name, routing, account],
    data: () => ({
      us_bank_account: {
        account_holder_type: "individual",
        account_type: "checking",
        routing_number: routing.value,
        account_number: account.value,
      },
    }),
    billing: holder,
    terms: debitTerms,
    debits: true,
  },
  sepa_debit: {
    label: "SEPA Direct Debit",
    sections: ["holder", "sepa_debit"],
    fields: [email, name, iban],
    data: () => ({ sepa_debit: { iban: iban.value } }),
    billing: holder,
    terms: debitTerms,
    debits: true,
  },
};

/** Shows the brand, the length of the code and the postal code that number and country ask for. */
export const follow = ({ askPostal }) => {
  const { name: brand, cvc: length } = brandOf(number.value);
  document.getElementById("brand").textContent = brand;
  cvc.input.placeholder = length === 4 ? "4 digits" : "CVC";
  const label = POSTAL_CODES[country.value];
  postal.box.hidden = !askPostal || !label;
  postal.box.querySelector("label").textContent = label ?? "Postal code";
};
