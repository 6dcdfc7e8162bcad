/** Countries as ISO codes; the browser knows their names. */

const CODES = `AC AD AE AF AG AI AL AM AO AQ AR AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW
BY BZ CA CD CF CG CH CI CK CL CM CN CO CR CV CW CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FO FR GA GB GD GE
GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IS IT JE JM JO JP KE KG KH KI KM KN KR
KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MK ML MM MN MO MQ MR MS MT MU MV MW MX MY MZ NA NC NE NG NI
NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PY QA RE RO RS RU RW SA SB SC SE SG SH SI SJ SK SL SM SN SO SR
SS ST SV SX SZ TA TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VN VU WF WS XK YE YT ZA ZM
ZW`.split(/\s+/);

/** Fills a select with countries, in the reader's language, and picks one. */
export const fill = (select, { locale, allowed, chosen }) => {
  const names = new Intl.DisplayNames([locale], { type: "region" });
  const options = (allowed ?? CODES)
    .map((code) => new Option(names.of(code), code))
    .sort((a, b) => a.text.localeCompare(b.text, locale));
  select.replaceChildren(...options);
  select.value = options.some(({ value }) => value === chosen) ? chosen : options[0].value;
};

/** How a country calls its postal code; undefined where the card form does not ask for one. */
export const POSTAL_CODES = { US: "ZIP", CA: "Postal code", GB: "Postal code", PR: "ZIP" };

/** How a country calls its states, where an address needs one. */
export const STATES = { AU: "State", BR: "State", CA: "Province", IN: "State", MX: "State", US: "State" };

/** Countries whose addresses have no postal code. */
export const WITHOUT_POSTAL_CODE = new Set(["AE", "AG", "AO", "AW", "BS", "BZ", "FJ", "GH", "HK", "JM", "PA", "QA", "UG"]);
