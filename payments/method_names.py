"""Cards and accounts by the names that people know them by."""

BRANDS = {
    "amex": "American Express",
    "cartes_bancaires": "Cartes Bancaires",
    "diners": "Diners Club",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "sepa_debit": "SEPA debit",
    "unionpay": "UnionPay",
    "us_bank_account": "US bank account",
}


def said(label: str) -> str:
    """The label of an attempt, `visa •••• 4242`, as people say it: `Visa •••• 4242`."""
    kind, dots, last4 = label.partition(" ••••")
    name = BRANDS.get(kind, kind.capitalize() if kind.islower() else kind.replace("_", " "))
    return f"{name}{dots}{last4.replace(' ', chr(160))}"
