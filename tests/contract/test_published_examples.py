"""The checker against the example objects that Stripe publishes with its OpenAPI description."""

import json
from pathlib import Path

import pytest

from tests.contract.stripe_contract import check_object

EXAMPLES = Path(__file__).parents[3] / "shared/stripe/fixtures3.json"

# Stripe's own examples that its own description does not describe.
STRAYS = {
    "account_session",
    "customer_session",
    "event",
    "invoice",
    "issuing.settlement",
    "sigma.sigma_api_query",
    "terminal.refund",
    "treasury.outbound_payment",
    "treasury.outbound_transfer",
}


@pytest.mark.skipif(not EXAMPLES.exists(), reason="the published examples are not beside this checkout")
def test_every_published_example_fits_but_the_known_strays():
    examples = json.loads(EXAMPLES.read_text())["resources"]

    bad = {name for name, example in examples.items() if check_object(example)}

    assert bad == STRAYS
