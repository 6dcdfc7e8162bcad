"""Pages that Stripe would host: receipts, and the proof of a bank account."""

import urllib.error
import urllib.parse
import urllib.request

import pytest

from tests.sandbox.server import Server
from tests.sandbox.wishes import OFFLINE, Client, pay


def read(url: str, **form: str) -> str:
    data = urllib.parse.urlencode(form).encode() if form else None
    with urllib.request.urlopen(url, data) as response:  # noqa: S310
        return str(response.read().decode())


def test_a_receipt_says_what_was_paid(client: Client) -> None:
    intent = pay(client, description="<b>Paper</b>", expand=["latest_charge"])

    page = read(intent.latest_charge.receipt_url)

    assert "$10.99" in page
    assert "ending in 4242" in page
    assert "&lt;b&gt;Paper&lt;/b&gt;" in page


def test_a_failed_charge_has_no_receipt(server: Server) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        read(f"{server.url}/_sandbox/receipts/ch_nothing")


def test_the_customer_proves_the_account_on_a_page(client: Client) -> None:
    intent = pay(client, payment_method="pm_usBankAccount_success", mandate_data=OFFLINE)
    url = intent.next_action.verify_with_microdeposits.hosted_verification_url

    assert "do not match" in read(url, descriptor_code="SM99ZZ")
    assert "processing" in read(url, descriptor_code="SM11AA")
    assert client.v1.payment_intents.retrieve(intent.id).status == "processing"
    assert "not waiting" in read(url, descriptor_code="SM11AA")
