"""Customers, their payment methods and tax ids."""

import pytest
import stripe

from tests.sandbox.wishes import Client, Object, error_of


def test_a_customer_is_born_with_method_default_and_tax_id(client: Client) -> None:
    customer = client.v1.customers.create(
        {"email": "ada@example.com", "payment_method": "pm_card_visa",
         "invoice_settings": {"default_payment_method": "pm_card_visa"},
         "tax_id_data": [{"type": "eu_vat", "value": "DE123456789"}], "expand": ["tax_ids"]}
    )  # fmt: skip

    method = client.v1.payment_methods.list({"customer": customer.id}).data[0]
    assert customer.invoice_settings.default_payment_method == method.id
    assert [(row.country, row.verification.status) for row in customer.tax_ids.data] == [("DE", "pending")]


def test_a_declining_card_at_birth_makes_no_customer(client: Client) -> None:
    with pytest.raises(stripe.CardError):
        client.v1.customers.create({"payment_method": "pm_card_chargeDeclined"})

    assert client.v1.customers.list().data == []
    assert client.v1.events.list().data == []


def test_updates_tell_what_they_changed(client: Client, ada: Object) -> None:
    client.v1.customers.update(ada.id, {"name": "Countess", "address": {"country": "GB"}, "metadata": {"a": "1"}})
    client.v1.customers.update(ada.id, {"address": ""})

    second, first = client.v1.events.list({"type": "customer.updated"}).data
    assert first.data.previous_attributes.to_dict() == {
        "address": None,
        "metadata": {"a": None},
        "name": "Ada Lovelace",
    }
    assert second.data.previous_attributes.to_dict()["address"]["country"] == "GB"
    assert client.v1.customers.retrieve(ada.id).address is None


def test_an_update_that_changes_nothing_tells_nothing(client: Client, ada: Object) -> None:
    client.v1.customers.update(ada.id, {"name": "Ada Lovelace"})

    assert client.v1.events.list({"type": "customer.updated"}).data == []


def test_a_deleted_customer_stays_known_as_deleted(client: Client, ada: Object) -> None:
    client.v1.payment_methods.attach("pm_card_visa", {"customer": ada.id})
    gone = client.v1.customers.delete(ada.id)

    assert gone.deleted is True
    assert client.v1.customers.retrieve(ada.id).to_dict() == {"id": ada.id, "object": "customer", "deleted": True}
    assert client.v1.customers.list().data == []
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.update(ada.id, {"name": "x"})
    assert caught.value.http_status == 404
    deletion = client.v1.events.list({"type": "customer.deleted"}).data[0]
    assert deletion.data.object["email"] == "ada@example.com"


def test_lists_filter_by_email_exactly(client: Client, ada: Object) -> None:
    client.v1.customers.create({"email": "bob@example.com"})

    assert [row.id for row in client.v1.customers.list({"email": "ada@example.com"}).data] == [ada.id]
    assert client.v1.customers.list({"email": "ADA@example.com"}).data == []


def test_search_finds_part_of_an_email(client: Client, ada: Object) -> None:
    assert [row.id for row in client.v1.customers.search({"query": 'email~"ada@exa"'}).data] == [ada.id]


def test_the_default_method_must_be_hers(client: Client, ada: Object) -> None:
    bob = client.v1.customers.create({"payment_method": "pm_card_visa"})
    method = client.v1.payment_methods.list({"customer": bob.id}).data[0]

    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.update(ada.id, {"invoice_settings": {"default_payment_method": method.id}})

    assert error_of(caught.value)["param"] == "invoice_settings[default_payment_method]"


def test_a_method_is_attached_updated_and_detached_for_good(client: Client, ada: Object) -> None:
    method = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    with pytest.raises(stripe.InvalidRequestError, match="must save this PaymentMethod"):
        client.v1.payment_methods.update(method.id, {"metadata": {"a": "1"}})

    client.v1.payment_methods.attach(method.id, {"customer": ada.id})
    client.v1.customers.update(ada.id, {"invoice_settings": {"default_payment_method": method.id}})
    renewed = client.v1.payment_methods.update(
        method.id, {"card": {"exp_year": 2039}, "billing_details": {"address": {"country": "DE"}}}
    )
    assert (renewed.card.exp_year, renewed.billing_details.address.country) == (2039, "DE")

    client.v1.payment_methods.detach(method.id)
    assert client.v1.customers.retrieve(ada.id).invoice_settings.default_payment_method is None
    assert client.v1.payment_methods.retrieve(method.id).customer is None
    detached = client.v1.events.list({"type": "payment_method.detached"}).data[0]
    assert detached.data.previous_attributes["customer"] == ada.id
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        client.v1.payment_methods.attach(method.id, {"customer": ada.id})


def test_a_method_belongs_to_one_customer(client: Client, ada: Object) -> None:
    bob = client.v1.customers.create({})
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": ada.id})

    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        client.v1.payment_methods.attach(method.id, {"customer": bob.id})


def test_her_methods_are_listed_by_type_below_her(client: Client, ada: Object) -> None:
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": ada.id})
    bank = client.v1.payment_methods.attach("pm_sepaDebit_success_de", {"customer": ada.id})

    every = client.v1.customers.payment_methods.list(ada.id)
    cards = client.v1.payment_methods.list({"customer": ada.id, "type": "card"})

    assert [row.id for row in every.data] == [bank.id, card.id]
    assert [row.id for row in cards.data] == [card.id]
    assert client.v1.customers.payment_methods.retrieve(ada.id, card.id).id == card.id


def test_tax_ids_come_and_go(client: Client, ada: Object) -> None:
    row = client.v1.customers.tax_ids.create(ada.id, {"type": "eu_vat", "value": "DE123456789"})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.tax_ids.create(ada.id, {"type": "eu_vat", "value": "?"})

    assert error_of(caught.value)["code"] == "tax_id_invalid"
    assert [found.id for found in client.v1.customers.tax_ids.list(ada.id).data] == [row.id]
    assert client.v1.customers.tax_ids.delete(ada.id, row.id).deleted is True
    assert client.v1.customers.tax_ids.list(ada.id).data == []
    types = [event.type for event in client.v1.events.list().data]
    assert types[:2] == ["customer.tax_id.deleted", "customer.tax_id.created"]


def test_the_account_is_always_the_same(client: Client) -> None:
    account = client.v1.accounts.retrieve_current()

    assert client.v1.accounts.retrieve(account.id).id == account.id
    assert (account.country, account.default_currency, account.charges_enabled) == ("US", "usd", True)
