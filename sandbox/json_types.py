"""The one shape everything here is made of: an object as Stripe's JSON spells it."""

from typing import Any

Json = dict[str, Any]
