"""The address of a payment page: nobody can make one up, and it leads nowhere else."""

from datetime import timedelta

import pytest
from django.core import signing

from config.base import clock
from config.base.actor import Actor, ActorKind
from config.base.errors import NotFound
from config.base.ids import public_id
from config.base.models import DomainEvent
from payments.models import Payment
from payments.services import pay_links
from payments.services.pay_links import InvalidLink, Line, LinkDetails

NO_WEB_ADDRESSES = [
    "javascript:alert(1)",
    "data:text/html,x",
    "//evil.example",
    "/relative",
    "ftp://a.example",
    "https://",
    "https://[",
    " https://shop.example",
    "https://shop.example@evil.example/",
    "https://shop.example/" + "x" * 2000,
]
PAYER = Actor(ActorKind.CUSTOMER, "link", "payer")


def test_an_address_leads_to_its_own_link(make_link, settings):
    link, other = make_link(), make_link()

    assert pay_links.for_token(pay_links.token(link)) == link
    assert pay_links.token(link) != pay_links.token(other)
    assert pay_links.url(link) == f"{settings.SITE_URL}/pay/{pay_links.token(link)}/"


def test_a_forged_address_is_as_unknown_as_one_that_never_was(make_link):
    link = make_link()
    wrong = [
        link.public_id,
        link.payment.public_id,
        f"{link.public_id}.",
        pay_links.token(link)[:-1],
        pay_links.token(link) + "A",
        signing.Signer(sep=".", salt="another use").sign(link.public_id),
        signing.Signer(sep=".", salt="payments.pay_links").sign(public_id("link")),
    ]

    refusals = set()
    for token in wrong:
        with pytest.raises(NotFound) as refusal:
            pay_links.for_token(token)
        refusals.add(refusal.value.detail)

    assert refusals == {"There is no such payment page."}


def test_a_former_secret_key_still_opens_its_links(make_link, settings):
    link = make_link()
    token = pay_links.token(link)

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a-new-key-" + "n" * 50, [settings.SECRET_KEY]

    assert pay_links.for_token(token) == link


def test_what_the_caller_gave_is_kept(make_link):
    details = LinkDetails(
        title="Order 1042",
        lines=(Line("Notebook", 900, 2), Line("Shipping", 199)),
        return_url="https://shop.example/thanks?order=1042",
    )

    link = make_link(details=details)

    assert (link.title, link.return_url) == (details.title, details.return_url)
    assert link.lines == [
        {"description": "Notebook", "amount": 900, "quantity": 2},
        {"description": "Shipping", "amount": 199, "quantity": 1},
    ]


@pytest.mark.parametrize("field", ["return_url", "terms_url"])
@pytest.mark.parametrize("address", NO_WEB_ADDRESSES)
def test_only_web_addresses_are_ways_back(make_link, field, address):
    with pytest.raises(InvalidLink) as refusal:
        make_link(details=LinkDetails(**{field: address}))

    assert refusal.value.param == field
    assert not Payment.objects.exists()


def test_a_title_too_long_to_keep_is_refused(make_link):
    with pytest.raises(InvalidLink) as refusal:
        make_link(details=LinkDetails(title="x" * 201))

    assert refusal.value.param == "title"


def test_a_link_that_has_expired_before_it_was_made_is_refused(make_link):
    with pytest.raises(InvalidLink) as refusal:
        make_link(details=LinkDetails(expires_at=clock.now()))

    assert refusal.value.param == "expires_at"


def test_terms_are_accepted_once(make_link):
    link = make_link(details=LinkDetails(terms_url="https://shop.example/terms"))
    first = clock.now()

    assert pay_links.accept_terms(link, at=first, by=PAYER)
    assert not pay_links.accept_terms(link, at=first + timedelta(hours=1), by=PAYER)

    link.refresh_from_db()
    assert link.terms_accepted_at == first
    [told] = DomainEvent.objects.filter(object_id=link.payment.public_id, type="payment.terms_accepted")
    assert told.data == {"terms_url": "https://shop.example/terms"}
