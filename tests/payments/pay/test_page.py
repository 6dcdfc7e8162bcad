"""The payment page as HTTP: what it shows, what it keeps to itself, what a browser may load on it."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from config.base.money import Money
from payments.services import pay_links
from payments.services.pay_links import Line, LinkDetails
from payments.views import pay

DETAILS = LinkDetails(
    title="Order 1042",
    lines=(Line("Notebook", 900, 2), Line("Shipping & packing", 199)),
    return_url="https://shop.example/thanks",
)


@pytest.fixture
def browser() -> Client:
    return Client(headers={"accept-language": "en"})


def script_data(html: str) -> dict[str, Any]:
    found = re.search(r'<script id="pay-data" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


def test_the_page_shows_what_its_caller_gave(make_link, browser):
    link = make_link(details=DETAILS)

    html = browser.get(pay_links.url(link)).content.decode()

    for shown in ["Order 1042", "Ada Papers GmbH", "Notebook", "× 2", "Shipping &amp; packing", "€9.00", "€10.99"]:
        assert shown in html
    assert 'href="https://shop.example/thanks"' in html
    assert "Pay €10.99" in html


@pytest.mark.parametrize(
    ("languages", "amount", "written"),
    [
        ("de-DE,de;q=0.9", Money(109900, "eur"), "1.099,00 €"),
        ("de-CH", Money(109900, "chf"), "CHF 1’099.00"),
        ("fr;q=0.8, xx-zz;q=0.9", Money(109900, "eur"), "1 099,00 €"),
        ("ja", Money(1099, "jpy"), "￥1,099"),
        ("en-US", Money(10990, "kwd"), "KWD 10.990"),
        ("tlh, *;q=0.1", Money(1099, "usd"), "$10.99"),
        ("", Money(1099, "usd"), "$10.99"),
    ],
)
def test_amounts_are_written_in_the_visitors_locale(make_link, languages, amount, written):
    link = make_link(amount=amount)

    html = Client().get(pay_links.url(link), headers={"accept-language": languages}).content.decode()

    assert written in re.sub("[\u00a0\u202f]", " ", html)


def test_the_secret_is_there_while_there_is_something_to_pay_and_gone_after(make_link, browser):
    open_link, paid_link = make_link(), make_link("pm_card_visa")

    open_page = browser.get(pay_links.url(open_link)).content.decode()
    paid_page = browser.get(pay_links.url(paid_link)).content.decode()

    assert script_data(open_page)["client_secret"] == open_link.payment.client_secret != ""
    assert script_data(paid_page)["client_secret"] == ""
    assert paid_link.payment.client_secret not in paid_page


def test_nobody_keeps_or_passes_on_the_address(make_link, browser):
    response = browser.get(pay_links.url(make_link()))

    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response["X-Frame-Options"] == "DENY"
    assert not response.cookies


def policy(response) -> dict[str, set[str]]:
    directives = (part.split() for part in response["Content-Security-Policy"].split(";"))
    return {name: set(sources) for name, *sources in directives}


def test_a_browser_loads_our_files_and_stripes_and_nothing_inline(make_link, browser, settings):
    settings.STRIPE_JS_URL = "https://js.stripe.com/dahlia/stripe.js"
    response = browser.get(pay_links.url(make_link(details=DETAILS)))

    told = policy(response)
    assert {"'self'", "https://js.stripe.com", "https://*.js.stripe.com"} <= told["script-src"]
    assert {"https://js.stripe.com", "https://hooks.stripe.com"} <= told["frame-src"]
    assert {"'self'", "https://api.stripe.com"} <= told["connect-src"]
    assert told["style-src"] == {"'self'"}
    assert told["default-src"] == told["frame-ancestors"] == told["base-uri"] == {"'none'"}
    assert not re.search(r"unsafe|nonce|\*[^.]|http:", response["Content-Security-Policy"])
    html = response.content.decode()
    assert not re.search(r"<style|\sstyle=|\son\w+=", html)
    assert re.findall(r"<script(?![^>]*(?:src=|application/json))", html) == []


def test_another_script_than_stripes_opens_its_own_origin_only(make_link, browser, settings):
    settings.STRIPE_JS_URL = "http://127.0.0.1:12111/stripe.js"

    told = policy(browser.get(pay_links.url(make_link())))

    assert told["script-src"] == {"'self'", "http://127.0.0.1:12111"}
    assert told["frame-src"] == {"http://127.0.0.1:12111"}
    assert "stripe.com" not in str(told)


@pytest.mark.parametrize("name", ["pay", "pay_status", "pay_begin"])
@pytest.mark.parametrize("token", ["guess", "link_0000000000000000000000.aaaa", "../../etc"])
def test_every_guess_gets_the_same_404(make_link, browser, name, token):
    make_link()

    response = browser.generic("POST" if name == "pay_begin" else "GET", reverse(name, args=["x"]).replace("x", token))

    assert response.status_code == 404
    assert "There is no such page" in response.content.decode()


def test_who_asks_too_often_waits(make_link, browser):
    address = f"{pay_links.url(make_link())}status"

    # A window may end meanwhile, once.
    answers = (browser.get(address) for _ in range(2 * pay.RATE.limit + 1))
    refused = next(answer for answer in answers if answer.status_code != 200)

    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 61
    assert "Nothing was charged by that" in refused.content.decode()


def test_text_from_the_caller_stays_text(make_link, browser):
    evil = "</script><script>alert(1)</script>"
    link = make_link(details=LinkDetails(title=evil, lines=(Line(evil, 1099),)))

    html = browser.get(pay_links.url(link)).content.decode()

    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;alert(1)") == 2


def test_terms_and_billing_address_are_asked_for_where_configured(make_link, browser):
    plain = browser.get(pay_links.url(make_link())).content.decode()
    link = make_link(details=LinkDetails(terms_url="https://shop.example/terms", collects_billing_address=True))

    full = browser.get(pay_links.url(link)).content.decode()

    assert 'href="https://shop.example/terms"' in full
    assert 'id="address-element"' in full
    assert script_data(full)["collects_billing_address"] is True
    assert 'id="terms"' not in plain
    assert 'id="address-element"' not in plain


def test_without_script_the_page_says_so_and_asks_for_nothing(make_link, browser):
    html = browser.get(pay_links.url(make_link())).content.decode()

    without_script = "".join(re.findall(r"<noscript>(.*?)</noscript>", html, re.DOTALL))
    assert "This page needs JavaScript" in without_script
    assert "noscript.css" in without_script
    assert 'class="pay-form needs-script"' in html
