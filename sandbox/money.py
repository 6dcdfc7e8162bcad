"""What an amount may be, by currency. Amounts are integers in Stripe's minor unit.

Sources: https://docs.stripe.com/currencies (minimum amounts, zero- and three-decimal currencies,
special cases), https://docs.stripe.com/api/payment_intents/create
"""

from .errors import ApiError, InvalidParameters
from .json_types import Json

ZERO_DECIMAL = frozenset(
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"]
)
THREE_DECIMAL = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])
# Without minor unit, yet asked for in hundredths for backwards compatibility.
_WHOLE_HUNDREDTHS = frozenset({"isk", "ugx"})
_OTHERS = [
    "usd",
    "aed",
    "afn",
    "all",
    "amd",
    "ang",
    "aoa",
    "ars",
    "aud",
    "awg",
    "azn",
    "bam",
    "bbd",
    "bdt",
    "bgn",
    "bmd",
    "bnd",
    "bob",
    "brl",
    "bsd",
    "bwp",
    "byn",
    "bzd",
    "cad",
    "cdf",
    "chf",
    "cny",
    "cop",
    "crc",
    "cve",
    "czk",
    "dkk",
    "dop",
    "dzd",
    "egp",
    "etb",
    "eur",
    "fjd",
    "fkp",
    "gbp",
    "gel",
    "gip",
    "gmd",
    "gtq",
    "gyd",
    "hkd",
    "hnl",
    "hrk",
    "htg",
    "huf",
    "idr",
    "ils",
    "inr",
    "isk",
    "jmd",
    "kes",
    "kgs",
    "khr",
    "kyd",
    "kzt",
    "lak",
    "lbp",
    "lkr",
    "lrd",
    "lsl",
    "mad",
    "mdl",
    "mkd",
    "mmk",
    "mnt",
    "mop",
    "mro",
    "mur",
    "mvr",
    "mwk",
    "mxn",
    "myr",
    "mzn",
    "nad",
    "ngn",
    "nio",
    "nok",
    "npr",
    "nzd",
    "pab",
    "pen",
    "pgk",
    "php",
    "pkr",
    "pln",
    "qar",
    "ron",
    "rsd",
    "rub",
    "sar",
    "sbd",
    "scr",
    "sek",
    "sgd",
    "shp",
    "sle",
    "sos",
    "srd",
    "std",
    "szl",
    "thb",
    "tjs",
    "top",
    "try",
    "ttd",
    "twd",
    "tzs",
    "uah",
    "ugx",
    "uyu",
    "uzs",
    "wst",
    "xcd",
    "yer",
    "zar",
    "zmw",
]
SUPPORTED = frozenset(_OTHERS) | ZERO_DECIMAL | THREE_DECIMAL
MINIMUM: dict[str, int] = {
    "usd": 50, "aed": 200, "ars": 50, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "cop": 50,
    "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "idr": 50, "ils": 50,
    "inr": 50, "jpy": 50, "krw": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "php": 50,
    "pln": 200, "ron": 200, "rub": 50, "sek": 300, "sgd": 50, "thb": 1000, "zar": 50,
}  # fmt: skip
MAXIMUM_CARD = 999_999_999_999
MAXIMUM_OTHER = 99_999_999
_MAXIMUM_BY_CURRENCY = {"idr": 999_999_999_999, "cop": 9_999_999_999, "inr": 999_999_999}
_SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}


def currency(given: str) -> str:
    """The currency in lower case; raises 400 for one that Stripe does not know."""
    code = given.lower()
    if code not in SUPPORTED:
        listed = ", ".join(sorted(SUPPORTED))
        raise ApiError(
            f"Invalid currency: {code}. Stripe currently supports these currencies: {listed}",
            param="currency",
        )
    return code


def places(code: str) -> int:
    """How many decimals the currency has in Stripe's minor unit."""
    return 0 if code in ZERO_DECIMAL else 3 if code in THREE_DECIMAL else 2


def display(amount: int, code: str) -> str:
    """The amount as Stripe's messages write it, e.g. ``$40.00``."""
    digits = places(code)
    whole, rest = divmod(abs(amount), 10**digits)
    text = f"{whole:,}" + (f".{rest:0{digits}d}" if digits else "")
    sign = "-" if amount < 0 else ""
    symbol = _SYMBOLS.get(code)
    return f"{sign}{symbol}{text}" if symbol else f"{sign}{text} {code}"


def check_positive(amount: int, param: str = "amount") -> None:
    """Raise 400 below one."""
    if amount < 1:
        raise InvalidParameters(
            "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer",
            param=param,
        )


def check_granularity(amount: int, code: str, param: str = "amount") -> None:
    """Raise 400 for an amount that the currency cannot express."""
    step = 10 if code in THREE_DECIMAL else 100 if code in _WHOLE_HUNDREDTHS else 1
    if amount % step:
        raise ApiError(
            f"Invalid amount: {amount}. Amounts in {code} must be a multiple of {step}.",
            code="parameter_invalid_integer",
            param=param,
        )


def check_charge(amount: int, code: str, kinds: list[str]) -> None:
    """Raise what Stripe raises for an amount that cannot be charged."""
    check_positive(amount)
    check_granularity(amount, code)
    least = MINIMUM.get(code, 1)
    if amount < least:
        raise ApiError(
            f"Amount must be at least {display(least, code)} {code}",
            code="amount_too_small",
            param="amount",
        )
    other = _MAXIMUM_BY_CURRENCY.get(code, MAXIMUM_OTHER)
    most = MAXIMUM_CARD if "card" in kinds else other
    if amount > most:
        raise ApiError(
            f"Amount must be no more than {display(most, code)} {code}",
            code="amount_too_large",
            param="amount",
        )


def fee(amount: int, tariff: Json, code: str) -> int:
    """The fee for a charge: a part and a fixed amount, rounded half up.

    ``basis_points`` of the amount and ``fixed`` (0 in zero-decimal currencies), at most ``cap``.
    """
    part = (amount * tariff["basis_points"] + 5000) // 10000
    fixed = 0 if code in ZERO_DECIMAL else tariff["fixed"]
    total = part + (fixed * 10 if code in THREE_DECIMAL else fixed)
    return int(min(total, tariff["cap"]) if tariff.get("cap") else total)
