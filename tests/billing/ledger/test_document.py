"""`docs/ledger.md` tells the truth: every test that it names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
_NAMED = re.compile(r"`(test_\w+): (test_\w+)`")
_FOLDERS = ("tests/billing/ledger", "tests/reconciliation/posting", "tests/reconciliation/console")


def named() -> list[tuple[str, str]]:
    return _NAMED.findall((ROOT / "docs/ledger.md").read_text())


@pytest.mark.parametrize(("file", "test"), named())
def test_every_row_has_its_test(file: str, test: str) -> None:
    places = [ROOT / folder / f"{file}.py" for folder in _FOLDERS]
    texts = [place.read_text() for place in places if place.exists()]

    assert any(f"def {test}(" in text for text in texts)


def test_no_row_is_without_a_test() -> None:
    rows = [
        line
        for line in (ROOT / "docs/ledger.md").read_text().splitlines()
        if re.match(r"\|.*`(pi|re|du|in|cn|il|txn|po)_…`", line)
    ]

    assert len(rows) > 30
    assert [row for row in rows if not _NAMED.search(row)] == []
