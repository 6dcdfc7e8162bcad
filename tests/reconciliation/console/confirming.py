"""Confirming an action of the console as people do: the form, what would happen, and then do it."""

import re
from collections.abc import Mapping
from html import unescape

from django.test import Client


def confirm(client: Client, url: str, data: Mapping[str, object]) -> list[str]:
    """Send the form and confirm it; what the confirmation said would happen."""
    page = client.post(url, data).content.decode()
    said = re.search(r"cf-consequences(.*?)</ul>", page, re.DOTALL)
    assert said, page
    assert client.post(url, {**data, "step": "do", "seen": seen(page)}).status_code == 302
    return [unescape(re.sub(r"<[^>]+>", "", line)) for line in re.findall(r"<li>(.*?)</li>", said[1], re.DOTALL)]


def seen(page: str) -> str:
    """What of the page is signed into its form."""
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found, page
    return found[1]


def messages(client: Client, url: str) -> str:
    return " ".join(map(str, client.get(url).context["messages"]))
