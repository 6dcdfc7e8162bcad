"""A notice as an e-mail: plain text and HTML, the seller's colour and logo, documents attached."""

from email.mime.image import MIMEImage
from email.utils import formataddr, parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string

from billing.models import Letterhead, Notice
from billing.services import document_links, documents, letterheads, notice_facts, wording
from billing.services.notice_facts import Facts, NotTrue
from billing.services.wording import Reader
from config.base.brand_colors import NIGHT, WHITE, Color, readable, text_on
from config.base.models import LegalEntity

_LOGO = "logo"
LARGEST_ATTACHMENT_BYTES = 5 * 1024 * 1024


def write(notice: Notice) -> EmailMultiAlternatives:
    """The e-mail, to the address that the customer has now; raises NotTrue when none should be sent."""
    to = _address(notice)
    reader = wording.reader(notice.customer)
    facts = notice_facts.of(notice, reader)
    letterhead = letterheads.of(notice.customer.account.legal_entity)
    context = _context(notice, facts, reader, letterhead)
    mail = EmailMultiAlternatives(
        subject=_one_line(facts.subject),
        body=render_to_string("emails/notice.txt", context),
        from_email=_sender(letterhead.legal_entity),
        to=[to],
        reply_to=[reply] if (reply := notice_facts.reply_to(notice)) else None,
        headers={"Message-ID": message_id(notice), "Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(render_to_string("emails/notice.html", context), "text/html")
    _attach(mail, facts, letterheads.logo_of(letterhead))
    return mail


def message_id(notice: Notice) -> str:
    """The same for every try of one sending, so that a copy is known as one; another when staff send it again."""
    earlier = f".{notice.sent_at:%Y%m%d%H%M%S}" if notice.sent_at else ""
    return f"<{notice.public_id}{earlier}@{urlsplit(settings.SITE_URL).hostname}>"


def _address(notice: Notice) -> str:
    email = notice.customer.email
    if not email:
        raise NotTrue("The customer has no e-mail address.")
    try:
        validate_email(email)
    except ValidationError:
        raise NotTrue("The customer's e-mail address is none.") from None
    return email


def _sender(entity: LegalEntity) -> str:
    """The seller's name, with the address that the mail server lets us send from."""
    return formataddr((_one_line(entity.name), parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))


def _context(notice: Notice, facts: Facts, reader: Reader, letterhead: Letterhead) -> dict[str, object]:
    entity, name = letterhead.legal_entity, notice.customer.name
    brand = Color.parse(entity.brand_color)
    return {
        "facts": facts,
        "language": reader.language,
        "greeting": reader.say("hello", name=name) if name else reader.say("hello_anybody"),
        "regards": reader.say("regards", seller=entity.name).splitlines(),
        "downloads": _downloads(facts, reader),
        "questions": reader.say("questions") if notice_facts.reply_to(notice) else "",
        "why_you": reader.say("why_you", seller=entity.name),
        "seller": entity.name,
        "address": [*letterhead.address.splitlines(), *letterhead.tax_ids.splitlines()],
        "logo": _LOGO if letterhead.logo else "",
        "brand": brand,
        "on_brand": text_on(brand),
        "ink": readable(brand, on=WHITE),
        "night_ink": readable(brand, on=NIGHT),
    }


def _downloads(facts: Facts, reader: Reader) -> list[tuple[str, str]]:
    """A name and an address for each document: attachments are lost on the way more often than links."""
    return [(reader.say(document.kind), document_links.to_download(document)) for document in facts.documents]


def _attach(mail: EmailMultiAlternatives, facts: Facts, logo: bytes | None) -> None:
    for document in facts.documents:
        content = bytes(document.content)
        if len(content) <= LARGEST_ATTACHMENT_BYTES:
            mail.attach(documents.filename(document), content, "application/pdf")
    if logo:
        image = MIMEImage(logo, "png")
        image.add_header("Content-ID", f"<{_LOGO}>")
        image.add_header("Content-Disposition", "inline", filename="logo.png")
        mail.attach(image)


def _one_line(text: str) -> str:
    """Headers have one line; what somebody wrote into a name may have more."""
    return " ".join(text.split())
