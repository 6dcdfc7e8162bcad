"""How a legal entity's documents and e-mails look. A change is for those to come; issued ones stay as they are."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from billing.models import Letterhead
from billing.services import logos, paper_samples, pdf
from config.base import audit
from config.base.actor import Actor
from config.base.errors import DomainError
from config.base.models import LegalEntity


class UnusableLogo(DomainError):
    """The file is no PNG, too large, or damaged."""

    code = "unusable_logo"
    title = "The logo cannot be used"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What staff write; every text may have several lines."""

    address: str = ""
    tax_ids: str = ""
    footer: str = ""
    payment_terms: str = ""
    reply_to: str = ""


def of(entity: LegalEntity) -> Letterhead:
    """The entity's letterhead; an empty one, not saved, where nobody has written one."""
    return Letterhead.objects.filter(legal_entity=entity).first() or Letterhead(legal_entity=entity)


def write(*, entity: LegalEntity, wording: Wording, by: Actor) -> Letterhead:
    """Set the texts."""
    values = {
        "address": wording.address,
        "tax_ids": wording.tax_ids,
        "footer": wording.footer,
        "payment_terms": wording.payment_terms,
        "reply_to": wording.reply_to,
    }
    return _changed(entity, values, by)


def set_logo(*, entity: LegalEntity, content: bytes, by: Actor) -> Letterhead:
    """Take a PNG as the logo, cleaned of all that is not picture; raises UnusableLogo."""
    try:
        clean = logos.cleaned(content)
        pdf.render(paper_samples.invoice(of(entity), has_logo=True), logo=clean)  # it must come out before it is taken
    except (logos.NoPicture, pdf.Unprintable) as refusal:
        raise UnusableLogo(str(refusal), param="logo") from refusal
    return _changed(entity, {"logo": clean, "logo_type": "png"}, by)


def remove_logo(*, entity: LegalEntity, by: Actor) -> Letterhead:
    """Show the entity's name where the logo was."""
    return _changed(entity, {"logo": None, "logo_type": ""}, by)


def preview(entity: LegalEntity) -> bytes:
    """A PDF of an invoice that never was, on today's letterhead."""
    letterhead = of(entity)
    logo = logo_of(letterhead)
    return pdf.render(paper_samples.invoice(letterhead, has_logo=logo is not None), logo=logo)


def logo_of(letterhead: Letterhead) -> bytes | None:
    return bytes(letterhead.logo) if letterhead.logo else None


def _changed(entity: LegalEntity, values: dict[str, Any], by: Actor) -> Letterhead:
    with transaction.atomic():
        LegalEntity.objects.select_for_update().get(pk=entity.pk)
        row, _ = Letterhead.objects.get_or_create(legal_entity=entity)
        changes = {name: [_told(getattr(row, name)), _told(new)] for name, new in values.items()}
        Letterhead.objects.filter(pk=row.pk).update(**values)
        audit.record(row, changes={name: pair for name, pair in changes.items() if pair[0] != pair[1]}, by=by)
    row.refresh_from_db()
    return row


def _told(value: Any) -> str:
    """What an audit line says of it; of a picture, its size."""
    return value if isinstance(value, str) else f"{len(value)} bytes" if value else ""
