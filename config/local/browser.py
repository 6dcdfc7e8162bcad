"""A browser without scripts, for what staff do in the demo: it keeps cookies, follows redirects and fills in forms."""

import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser

from config.local import places


class _Forms(HTMLParser):
    """The fields of each form, with the values they hold; a long text and a choice begin empty."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        if tag == "form":
            self.forms.append({})
        elif tag in {"input", "select", "textarea"} and self.forms and (name := held.get("name")):
            self.forms[-1][name] = held.get("value") or ""


@dataclass(frozen=True)
class Page:
    """What an address answered."""

    url: str
    text: str

    def form_with(self, name: str) -> dict[str, str]:
        """The fields of the form that has this one; raises places.Unusable."""
        parser = _Forms()
        parser.feed(self.text)
        for fields in parser.forms:
            if name in fields:
                return fields
        raise places.Unusable(f"{self.url} shows no form with {name}")


@dataclass
class Browser:
    """One person at one site."""

    site: str
    headers: dict[str, str] = field(default_factory=dict)
    cookies: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def open(self, path: str, form: dict[str, str] | None = None) -> Page:
        """Visit an address, or post a form to it; raises places.Unusable when it is refused."""
        url = urllib.parse.urljoin(self.site, path)
        data = None if form is None else urllib.parse.urlencode(form).encode()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        headers = self.headers | {"Referer": url, "Accept-Language": "en"}
        request = urllib.request.Request(url, data, headers)  # noqa: S310 - an address of ours
        try:
            with opener.open(request, timeout=30) as answer:
                return Page(answer.url, answer.read().decode())
        except urllib.error.HTTPError as refused:
            told = refused.read().decode(errors="replace")[:1000]
            raise places.Unusable(f"{url}: {refused.code} {told}") from None

    def submit(self, page: Page, name: str, /, **filled: str) -> Page:
        """Fill in the form of the page that has the field `name`, and send it."""
        return self.open(page.url, page.form_with(name) | filled)
