/** Card, routing and IBAN numbers: brands, lengths and check digits. */

const BRANDS = [
  { name: "American Express", pattern: /^3[47]/, lengths: [15], groups: [4, 6, 5], cvc: 4 },
  { name: "Diners Club", pattern: /^3(?:0[0-5]|[689])/, lengths: [14, 16], groups: [4, 6, 6], cvc: 3 },
  { name: "Discover", pattern: /^6(?:011|4[4-9]|5)/, lengths: [16], groups: [4, 4, 4, 4], cvc: 3 },
  { name: "JCB", pattern: /^35/, lengths: [16], groups: [4, 4, 4, 4], cvc: 3 },
  { name: "UnionPay", pattern: /^(?:62|81)/, lengths: [16, 17, 18, 19], groups: [4, 4, 4, 4, 3], cvc: 3 },
  { name: "Mastercard", pattern: /^(?:5[1-5]|2[2-7])/, lengths: [16], groups: [4, 4, 4, 4], cvc: 3 },
  { name: "Visa", pattern: /^4/, lengths: [16], groups: [4, 4, 4, 4], cvc: 3 },
];
const UNKNOWN = { name: "", lengths: [16], groups: [4, 4, 4, 4], cvc: 3 };

export const digits = (text) => text.replace(/\D/g, "");

export const brandOf = (number) => BRANDS.find(({ pattern }) => pattern.test(number)) ?? UNKNOWN;

export const longest = (number) => Math.max(...brandOf(number).lengths);

export const isWhole = (number) => brandOf(number).lengths.includes(number.length);

/** 4242424242424242 becomes 4242 4242 4242 4242. */
export const grouped = (number) => {
  let rest = number;
  const take = (size) => {
    const part = rest.slice(0, size);
    rest = rest.slice(size);
    return part;
  };
  return brandOf(number).groups.map(take).filter(Boolean).join(" ");
};

export const passesLuhn = (number) => {
  const sum = [...number].reverse().reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
};

export const isRoutingNumber = (number) => {
  const weights = [3, 7, 1, 3, 7, 1, 3, 7, 1];
  return number.length === 9 && weights.reduce((sum, weight, i) => sum + weight * Number(number[i]), 0) % 10 === 0;
};

export const isIban = (iban) => {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(iban)) return false;
  const moved = iban.slice(4) + iban.slice(0, 4);
  const spelled = moved.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return BigInt(spelled) % 97n === 1n;
};
