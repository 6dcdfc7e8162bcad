"""Pay links: what the hosted page shows of a payment, behind an address that cannot be guessed."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse

from config.base import clock, domain_events, web_address
from config.base.actor import Actor
from config.base.errors import DomainError, NotFound
from payments.models import PayLink, Payment

TITLE_LENGTH = 200

_signer = signing.Signer(sep=".", salt="payments.pay_links")


class InvalidLink(DomainError):
    code = "invalid_pay_link"
    title = "The pay link cannot be used"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what is paid for; `amount`: minor units, all pieces together."""

    description: str
    amount: int
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class LinkDetails:
    """What the caller wants the page to show and ask; the page takes its word and looks nothing up."""

    title: str = ""
    lines: tuple[Line, ...] = ()
    return_url: str = ""
    terms_url: str = ""
    collects_billing_address: bool = False
    expires_at: datetime | None = None


def create(payment: Payment, details: LinkDetails) -> PayLink:
    """The link of a new payment, inside the caller's transaction; raises InvalidLink."""
    if details.expires_at and details.expires_at <= clock.now():
        raise InvalidLink("The link must expire in the future.", param="expires_at")
    return PayLink.objects.create(
        payment=payment,
        title=_title(details.title),
        lines=[asdict(line) for line in details.lines],
        return_url=_web_address(details.return_url, param="return_url"),
        terms_url=_web_address(details.terms_url, param="terms_url"),
        collects_billing_address=details.collects_billing_address,
        expires_at=details.expires_at,
    )


def token(link: PayLink) -> str:
    """What stands in the link's address: its id and our signature."""
    return _signer.sign(link.public_id)


def url(link: PayLink) -> str:
    """The address to give to the payer."""
    return settings.SITE_URL + reverse("pay", args=[token(link)])


def for_token(token: str) -> PayLink:
    """The link of an address; raises the same NotFound for a forged one as for one that never was."""
    try:
        public_id = _signer.unsign(token)
        return PayLink.objects.select_related("payment__account__legal_entity").get(public_id=public_id)
    except (signing.BadSignature, PayLink.DoesNotExist):
        raise NotFound("There is no such payment page.") from None


def is_expired(link: PayLink, *, at: datetime) -> bool:
    """Whether nobody may start paying through this link any more."""
    return link.expires_at is not None and link.expires_at <= at


def accept_terms(link: PayLink, *, at: datetime, by: Actor) -> bool:
    """Note once that the payer accepted the terms; False when that was noted before."""
    with transaction.atomic():
        payment = Payment.objects.select_for_update().get(pk=link.payment_id)
        if not PayLink.objects.filter(pk=link.pk, terms_accepted_at=None).update(terms_accepted_at=at):
            return False
        domain_events.append(payment, type="payment.terms_accepted", by=by, data={"terms_url": link.terms_url})
    link.terms_accepted_at = at
    return True


def _title(text: str) -> str:
    if len(text) > TITLE_LENGTH:
        raise InvalidLink(f"The title is longer than {TITLE_LENGTH} characters.", param="title")
    return text


def _web_address(address: str, *, param: str) -> str:
    if address and not web_address.is_safe(address):
        raise InvalidLink("Give an address that starts with https:// or http://.", param=param)
    return address
