"""What texts may be: e-mail addresses and what a bank statement shows.

Source: https://docs.stripe.com/get-started/account/statement-descriptors
"""

import re

from .errors import ApiError
from .json_types import Json

_MAX_EMAIL = 512
_MAX_DESCRIPTOR = 22
_FORBIDDEN = re.compile(r"""[<>\\'"*]""")


def check_email(params: Json, name: str) -> None:
    """Raise 400 for what cannot be an address."""
    email = params.get(name)
    if email and (email.count("@") != 1 or " " in email or len(email) > _MAX_EMAIL):
        raise ApiError(f"Invalid email address: {email}", code="email_invalid", param=name)


def check_descriptor(params: Json, name: str) -> None:
    """Raise 400 for what no bank statement can show."""
    text = params.get(name)
    if not text:
        return
    if len(text) > _MAX_DESCRIPTOR:
        raise ApiError(f"The statement descriptor must be at most {_MAX_DESCRIPTOR} characters.", param=name)
    if _FORBIDDEN.search(text) or not any(letter.isalpha() for letter in text):
        raise ApiError(
            "The statement descriptor must contain a letter, and none of these characters: < > \\ ' \" *", param=name
        )


def refuse_descriptor_for_card(intent: Json) -> None:
    """A card charge takes a suffix alone; raises 400 where the whole descriptor was set."""
    if intent["statement_descriptor"]:
        raise ApiError(
            "The statement_descriptor parameter is not supported for card charges. Use statement_descriptor_suffix"
            " instead.",
            code="payment_intent_invalid_parameter",
            param="statement_descriptor",
        )
