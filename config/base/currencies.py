"""Stripe's rules for amounts, one table for all currencies.

Source: https://docs.stripe.com/currencies (zero-decimal, three-decimal, special cases, minimum and
maximum charge amounts).
"""

from dataclasses import dataclass

_TWO_DECIMAL = """
    aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop
    crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr jmd kes kgs
    khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab
    pen pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std svc szl thb tjs top try ttd twd
    tzs uah usd uyu uzs wst xcd xcg yer zar zmw
""".split()
_ZERO_DECIMAL = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split()
_THREE_DECIMAL = "bhd jod kwd omr tnd".split()
_TWO_DECIMAL_WITHOUT_CENTS = "isk ugx".split()

_MINIMUM_MINOR = {
    "usd": 50, "aed": 200, "ars": 50, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "cop": 50, "czk": 1500,
    "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "idr": 50, "ils": 50, "inr": 50, "jpy": 50,
    "krw": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "php": 50, "pln": 200, "ron": 200, "rub": 50,
    "sek": 300, "sgd": 50, "thb": 1000, "zar": 50,
}  # fmt: skip

MAXIMUM_MINOR = 999_999_999_999


@dataclass(frozen=True, slots=True)
class Currency:
    """How one currency is written in Stripe's minor unit.

    `exponent`: decimals of the minor unit. `step_minor`: an amount must be a multiple of it.
    `payout_step_minor`: the same for payouts. `minimum_minor`: Stripe's smallest charge when it also settles
    in this currency (advice only: the settlement currency decides).
    """

    code: str
    exponent: int
    step_minor: int = 1
    payout_step_minor: int = 1
    minimum_minor: int = 1


def _table() -> dict[str, Currency]:
    rules = {code: Currency(code, 2) for code in _TWO_DECIMAL}
    rules |= {code: Currency(code, 0) for code in _ZERO_DECIMAL}
    rules |= {code: Currency(code, 3, step_minor=10, payout_step_minor=10) for code in _THREE_DECIMAL}
    rules |= {code: Currency(code, 2, step_minor=100, payout_step_minor=100) for code in _TWO_DECIMAL_WITHOUT_CENTS}
    rules |= {code: Currency(code, 2, payout_step_minor=100) for code in ("huf", "twd")}
    return {
        code: Currency(code, r.exponent, r.step_minor, r.payout_step_minor, _MINIMUM_MINOR.get(code, 1))
        for code, r in rules.items()
    }


CURRENCIES = _table()
