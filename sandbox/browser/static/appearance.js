/** Themes and variables of the Appearance API: https://docs.stripe.com/elements/appearance-api */

const NAMES = {
  colorPrimary: "--primary",
  colorBackground: "--background",
  colorText: "--text",
  colorTextSecondary: "--muted",
  colorTextPlaceholder: "--placeholder",
  colorDanger: "--danger",
  borderRadius: "--radius",
  fontFamily: "--font",
  fontSizeBase: "--size",
  spacingUnit: "--unit",
};

export const dress = ({ theme = "stripe", variables = {} } = {}) => {
  const { dataset, style } = document.documentElement;
  dataset.theme = theme;
  for (const [name, property] of Object.entries(NAMES)) {
    if (name in variables) style.setProperty(property, variables[name]);
    else style.removeProperty(property);
  }
};
