"""Logos are pictures and nothing else; what staff write stands on documents to come."""

import zlib
from io import BytesIO

import pytest
from auditlog.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from billing.models import Letterhead
from billing.services import documents, letterheads, logos
from billing.services.letterheads import UnusableLogo, Wording
from config.base import uploads
from config.base.actor import Actor
from tests.billing.documents import pictures, rows

pytestmark = pytest.mark.django_db
BY = Actor.system("test")


def test_of_a_png_only_the_picture_is_kept():
    told = pictures.chunk(b"tEXt", b"Comment\0<script>") + pictures.chunk(b"eXIf", b"where it was taken")

    clean = logos.cleaned(pictures.png(extra=told) + b"PK\x03\x04 something behind the end")

    assert clean == pictures.png()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        pictures.SIGNATURE,
        pictures.png()[:-4],
        pictures.png().replace(b"IDAT", b"IDAX"),
        pictures.png(2001, 1),
        pictures.png(0, 0),
        pictures.SIGNATURE + pictures.chunk(b"IHDR", b"short") + pictures.chunk(b"IEND", b""),
        pictures.png() + b"x" * logos.MAXIMUM_BYTES,
    ],
)
def test_what_is_no_small_whole_png_is_refused(content):
    with pytest.raises(logos.NoPicture):
        logos.cleaned(content)


@pytest.mark.parametrize("bomb", [b"no pixels", zlib.compress(b"\0" * 10_000_000), zlib.compress(b"few")])
def test_a_picture_that_cannot_be_drawn_is_refused_before_it_stands_on_documents(bomb):
    entity = rows.make_letterhead().legal_entity
    broken = pictures.SIGNATURE + b"".join(
        pictures.chunk(name, body) for name, body in ((b"IHDR", pictures.png()[16:29]), (b"IDAT", bomb), (b"IEND", b""))
    )

    with pytest.raises(UnusableLogo):
        letterheads.set_logo(entity=entity, content=broken, by=BY)

    assert letterheads.of(entity).logo is None


def test_a_logo_stands_on_documents():
    entity = rows.make_letterhead().legal_entity
    letterheads.set_logo(entity=entity, content=pictures.png(), by=BY)

    page = rows.read(documents.issue_invoice(rows.make_invoice()).content).pages[0]

    assert len(page.images) == 1


def test_a_change_of_the_letterhead_leaves_a_line():
    entity = rows.make_letterhead(address="").legal_entity

    letterheads.write(entity=entity, wording=Wording(address="Torstraße 1", footer=""), by=BY)

    line = LogEntry.objects.filter(content_type__model="letterhead").latest("pk")
    assert line.changes["address"] == ["", "Torstraße 1"]


def test_staff_write_look_and_set_a_logo(boss: Client):
    head = rows.make_letterhead()
    at = f"/admin/billing/letterhead/{head.pk}"

    assert boss.get("/admin/billing/letterhead/").status_code == 200
    assert b"Lindenstra" in boss.get(f"{at}/change/").content
    assert boss.get(f"{at}/write/").status_code == 200
    boss.post(f"{at}/write/", {"address": "Torstraße 1", "footer": "New", "reply_to": "a@example.com"})
    done = boss.post(f"{at}/logo/", {"logo": SimpleUploadedFile("logo.png", pictures.png(), "image/png")})
    preview = boss.get(f"{at}/preview/")

    head.refresh_from_db()
    assert done.status_code == 302
    assert (head.address, head.reply_to, bytes(head.logo or b"")) == ("Torstraße 1", "a@example.com", pictures.png())
    assert preview["Content-Type"] == "application/pdf"
    assert "SAMPLE" in rows.text_of(preview.content)
    assert b"data:image/png" in boss.get(f"{at}/change/").content
    assert boss.post(f"{at}/logo/", {"remove": "on"}).status_code == 302
    assert Letterhead.objects.get().logo is None


def test_a_bad_logo_is_told_and_kept_out(boss: Client):
    head = rows.make_letterhead()

    shown = boss.post(
        f"/admin/billing/letterhead/{head.pk}/logo/", {"logo": SimpleUploadedFile("a.svg", b"<svg/>", "image/svg+xml")}
    )

    assert "Choose a PNG file" in shown.content.decode()
    assert Letterhead.objects.get().logo is None


def test_the_one_view_that_takes_files_is_protected(login):
    head = rows.make_letterhead()
    at = f"/admin/billing/letterhead/{head.pk}/logo/"
    file = {"logo": BytesIO(pictures.png())}

    forged = login("billing.view_letterhead", "billing.change_letterhead", checks_csrf=True).post(at, file)
    reader = login("billing.view_letterhead", name="Reader").post(at, {"logo": BytesIO(pictures.png())})
    stranger = Client().post(at, {"logo": BytesIO(pictures.png())})

    assert (forged.status_code, reader.status_code) == (403, 403)
    assert stranger["Location"].startswith("/admin/login/")
    assert Letterhead.objects.get().logo is None


def test_a_large_file_is_not_read_and_takes_no_logo_away(boss: Client):
    head = rows.make_letterhead()
    letterheads.set_logo(entity=head.legal_entity, content=pictures.png(), by=BY)

    told = boss.post(
        f"/admin/billing/letterhead/{head.pk}/logo/", {"logo": BytesIO(b"x" * (uploads.LARGEST_BYTES + 1))}
    )

    assert "small enough" in told.content.decode()
    assert Letterhead.objects.get().logo is not None


def test_no_other_form_takes_files(boss: Client):
    head = rows.make_letterhead()

    answer = boss.post(f"/admin/billing/letterhead/{head.pk}/write/", {"file": BytesIO(b"x")})

    assert not answer.wsgi_request.FILES
