"""Pages for what went wrong: they say what to do, and show nothing of the inside."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.test import Client


@pytest.mark.parametrize("name", ["400", "403", "404", "429", "500"])
def test_every_error_page_says_what_to_do(name):
    html = render_to_string(f"{name}.html")

    assert html.lstrip().startswith("<!doctype html>")
    assert html.count("<h1>") == 1
    assert "lease" in html
    assert "{{" not in html


def test_the_last_resort_needs_neither_template_tags_nor_a_request():
    source = (Path(settings.TEMPLATES[0]["DIRS"][0]) / "500.html").read_text()

    assert "{%" not in source
    assert 'href="/static/base/base.css"' in source
    assert (Path(settings.STATICFILES_DIRS[0]) / "base" / "base.css").exists()


def test_an_unknown_address_is_a_page_for_people_and_a_problem_for_programs(db):
    page, problem = Client().get("/nowhere"), Client().get("/api/nowhere")

    assert (page.status_code, page["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "There is no such page" in page.content.decode()
    assert (problem.status_code, problem["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("address", ["/nowhere", "/static/base/favicon.svg", "/admin", "/admin/", "/api/v1/payments"])
@pytest.mark.parametrize("host", ["testserver", "evil.example"])
def test_every_answer_says_what_browsers_may_do_with_it(db, address: str, host: str):
    answer = Client(headers={"Host": host}).get(address)

    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


def test_files_are_taken_nowhere(db):
    sent = {"username": "ada@example.com", "attachment": SimpleUploadedFile("a.bin", b"x" * 1_000_000)}

    answer = Client().post("/admin/login/", sent)

    assert answer.status_code == 200
    assert not answer.wsgi_request.FILES
